"""What every peer program in Python does besides its work, as native/peer.h does in C: it says "ready" and what it runs
on, or in one line why it can't; then it answers each line of stdin with one line on stdout, until stdin ends. It takes
the time itself, so that the pipe is not in it.
"""

import importlib
import platform
import signal
import sys
import time


def serve(python, numpy, numba_on, prepare, report, warm):
    """Answers requests by the variant that the command line names.

    python, numpy, numba_on(is_parallel): functions from the modules that each needs to the work
    prepare: from the words of a request to the arguments of the work; not in the time
    report: from what the work returned to what is answered; not in the time
    warm: a request that is done before "ready", so that compiling is not in the time either
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C is for the bench to tell about
    variants = {
        "python": ([], python),
        "numpy": (["numpy"], numpy),
        "numba": (["numba", "numpy"], numba_on(False)),
        "numba-parallel": (["numba", "numpy"], numba_on(True)),
    }
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in variants:
        sys.exit("asked for %r, there are: %s" % (name, ", ".join(variants)))
    needed, make = variants[name]
    modules = [import_or_end(module) for module in needed]
    work = make(*modules)
    work(*prepare(warm.split()))
    versions = ["Python " + platform.python_version()]
    versions += ["%s %s" % (module.__name__, module.__version__) for module in modules]
    print("ready " + ", ".join(versions), flush=True)
    for line in sys.stdin:
        try:
            arguments = prepare(line.split())
        except (ValueError, IndexError):
            sys.exit("not a request: " + line.strip())
        started = time.perf_counter()
        result = work(*arguments)
        ms = (time.perf_counter() - started) * 1e3
        print("%.4f %s" % (ms, report(result)), flush=True)


def import_or_end(name):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        print("no " + name if error.name == name else "%s: %s" % (name, error))
    except Exception as error:  # numba refuses versions of numpy that it does not know
        print("%s: %s" % (name, " ".join(str(error).split())))
    sys.exit(0)
