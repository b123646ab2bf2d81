"""Puts the .pth file beside the module, where Python reads it; setuptools has no setting for this."""

from setuptools import setup
from setuptools.command.build_py import build_py


class WithPth(build_py):
    def run(self) -> None:
        super().run()
        self.copy_file("d2l_mended.pth", f"{self.build_lib}/d2l_mended.pth")


setup(cmdclass={"build_py": WithPth})
