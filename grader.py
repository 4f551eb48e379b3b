"""The command line of the katas: `python grader.py --help`."""

import sys

if sys.version_info < (3, 11):
    sys.exit("the katas need Python 3.11 or newer; this is " + ".".join(map(str, sys.version_info[:3])))

if __name__ == "__main__":
    try:
        from grading.start import main
    except ModuleNotFoundError as error:
        sys.exit("%s is not installed; run: python -m pip install -e ." % error.name)
    sys.exit(main(sys.argv[1:]))
