"""The wall, and the untrusted side of it: the layers of the kernel, the wire, the worker that runs students' code."""
