// @ts-check
import remarkMath from 'remark-math';
import rehypeKatex from 'rehype-katex';

/** @type {import('@docusaurus/types').Config} */
const config = {
  title: 'Physical AI, a short course',
  tagline: 'Ten chapters on machines that sense, decide and move',
  url: 'https://physical-ai.example',
  baseUrl: '/',

  onBrokenLinks: 'throw',

  i18n: {
    defaultLocale: 'en',
    locales: ['en', 'ur'],
    localeConfigs: {
      ur: { label: 'اردو', direction: 'rtl', htmlLang: 'ur' },
    },
  },

  markdown: { mermaid: true },
  themes: ['@docusaurus/theme-mermaid'],

  presets: [
    [
      'classic',
      /** @type {import('@docusaurus/preset-classic').Options} */
      ({
        docs: {
          routeBasePath: 'docs',
          sidebarPath: './sidebars.js',
          remarkPlugins: [remarkMath],
          rehypePlugins: [rehypeKatex],
        },
        blog: false,
      }),
    ],
  ],

  themeConfig: {
    navbar: {
      title: 'Physical AI',
      items: [
        { type: 'docSidebar', sidebarId: 'courseSidebar', label: 'Course', position: 'left' },
        { type: 'localeDropdown', position: 'right' },
      ],
    },
    footer: {
      copyright: 'Text by the Glossator authors, CC BY 4.0.',
    },
  },
};

export default config;
