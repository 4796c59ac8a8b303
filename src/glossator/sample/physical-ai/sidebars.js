// @ts-check

/**
 * The order of the course. Each string is a doc id: the path of the file under
 * docs/, without its ending. Titles come from the front matter of each page,
 * so a chapter can be renamed there without touching this file.
 *
 * @type {import('@docusaurus/plugin-content-docs').SidebarsConfig}
 */
module.exports = {
  courseSidebar: [
    // The welcome page stands alone above the three parts.
    'intro',

    {
      type: 'category',
      label: 'Part 1: Bodies and senses',
      collapsed: false, // open on a first visit
      link: {
        type: 'generated-index',
        slug: '/part-1',
        description: 'What physical AI is, how a robot senses, and where its parts are.',
      },
      items: [
        'part-1/chapter-01-embodied-ai',
        'part-1/chapter-02-sensors',
        'part-1/chapter-03-kinematics', // needs a little trigonometry
      ],
    },

    {
      type: 'category',
      label: 'Part 2: Moving and building',
      collapsed: false,
      link: {
        type: 'generated-index',
        slug: '/part-2',
        description: 'Control, robot software and simulation.',
      },
      items: [
        'part-2/chapter-04-control',
        'part-2/chapter-05-ros2',
        // Simulation comes after ROS 2, because its examples talk over topics.
        'part-2/chapter-06-simulation',
      ],
    },

    {
      type: 'category',
      label: 'Part 3: Seeing, deciding, staying safe',
      collapsed: false,
      link: {
        type: 'generated-index',
        slug: '/part-3',
        description: 'Perception, planning, learning and safety.',
      },
      items: [
        'part-3/chapter-07-perception',
        'part-3/chapter-08-planning',
        'part-3/chapter-09-learning',
        'part-3/chapter-10-safety', // last in the list, first in the laboratory
      ],
    },
  ],
};
