"""The sandbox and its untrusted side: the kernel's layers, the wire, the worker that runs students' code."""
