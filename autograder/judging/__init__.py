"""The trusted side of the wall: the judge, its stand-ins for the student's objects, and what to tell the student."""
