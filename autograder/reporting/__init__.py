"""What people get: the class report, feedback, exports, Gradescope's bundle, near-identical work, progress."""
