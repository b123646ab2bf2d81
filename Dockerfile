# The course and its grader on any system that runs containers.
#
#   docker build -t mlp-course .
#   docker run --rm -p 8888:8888 mlp-course                                       the lectures, in JupyterLab
#   docker run --rm -v "$PWD:/class" -w /class mlp-course autograder grade PS     grades your class
#
# The sandbox uses features of the kernel and needs no further rights: no --privileged, no added capability. On Linux,
# --build-arg PIP_EXTRA_INDEX_URL=<index of CPU builds of torch> saves gigabytes; see docs/setup.md.
FROM python:3.12-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /course
# Only these determine what is installed: changing a lecture does not reinstall everything.
COPY Makefile pyproject.toml constraints.txt README.md LICENSE LICENSE-text ./
COPY autograder autograder
COPY utils/d2l utils/d2l
ARG PIP_EXTRA_INDEX_URL=
RUN PIP_NO_CACHE_DIR=1 make .venv/.installed
COPY . .

ENV PATH="/course/.venv/bin:$PATH"
EXPOSE 8888
CMD ["make", "lab", "ARGS=--ip=0.0.0.0 --no-browser"]
