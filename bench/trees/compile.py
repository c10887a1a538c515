"""Compiles one of the benchmark's models to a shared library, with tl2cgen and the system's C compiler.

Usage: compile.py MODEL.json LIBRARY.so

The library appears under its name only when it is complete.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

import tl2cgen
import treelite

UNITS = 16  # translation units: compilers take more than linear time for long functions


def main(model, library):
    compiler = [os.environ.get("CC", "cc"), "-O3", "-march=native", "-std=c99", "-fPIC"]
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:
        trees = treelite.frontend.load_xgboost_model(str(model))
        tl2cgen.generate_c_code(trees, folder, params={"parallel_comp": UNITS})
        sources = sorted(pathlib.Path(folder).glob("*.c"))
        objects = [source.with_suffix(".o") for source in sources]

        def build(source, built):
            subprocess.run([*compiler, "-c", source, "-o", built], check=True)

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(build, sources, objects))
        unfinished = pathlib.Path(folder) / "model.so"
        subprocess.run([*compiler, "-shared", *objects, "-lm", "-o", unfinished], check=True)
        unfinished.replace(library)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
