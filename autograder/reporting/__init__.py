"""Output for people: the class report, feedback, exports, Gradescope's bundle, near-identical work, progress."""
