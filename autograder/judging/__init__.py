"""The trusted side: the judge, its stand-ins for the student's objects, and the messages for the student."""
