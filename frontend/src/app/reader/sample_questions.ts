// Questions to the sample book that it answers well without a model, by chapter. Checked by
// tests/journeys/test_student.py.

export const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  "part-1/chapter-01-embodied-ai": [
    "Why can a robot succeed although its sensors and motors are inaccurate?",
    "What do we call the conditions under which an autonomous robot is designed to work?",
  ],
  "part-1/chapter-02-sensors": [
    "Can averaging many readings remove the bias of a sensor?",
    "Why can a lidar miss a glass door?",
    "A motor vibrates at 90 Hz and I sample it at 100 Hz. What frequency do I see?",
  ],
  "part-1/chapter-03-kinematics": [
    "Why is the inverse of a rotation matrix equal to its transpose?",
    "In which order does ROS store the four numbers of an orientation?",
    "Why can't the hand move in every direction when the arm is at a singularity?",
  ],
  "part-2/chapter-04-control": [
    "Why does a P controller leave a steady-state error?",
    "What does conditional integration do to prevent windup?",
    "How much faster should the inner loop of a cascade be than the outer one?",
  ],
  "part-2/chapter-05-ros2": [
    "What happens if a ROS 2 service is called and waited for inside a callback of the same node?",
    "Does a reliable subscriber receive anything from a best-effort publisher?",
    "What happens in tf2 if two nodes publish the same child frame?",
  ],
  "part-2/chapter-06-simulation": [
    "What is the real-time factor of a simulation?",
    "What should I try first if my simulated robot explodes?",
    "What goes wrong with domain randomisation if the ranges are too wide?",
  ],
  "part-3/chapter-07-perception": [
    "What is the reprojection error in camera calibration?",
    "What happens in a Kalman filter if Q is set too small?",
  ],
  "part-3/chapter-08-planning": [
    "When is A* guaranteed to find a cheapest path?",
    "What does a fallback node in a behaviour tree do?",
  ],
  "part-3/chapter-09-learning": [
    "What can I say about the rate of dangerous failures after 30 runs without one?",
    "How much memory does a 7 billion parameter model need with 4-bit quantisation?",
  ],
  "part-3/chapter-10-safety": [
    "Which stop category is allowed for an emergency stop?",
    "Why is a quasi-static contact worse than a transient one?",
    "Why shouldn't a watchdog run on the same computer as the program it watches?",
  ],
};
