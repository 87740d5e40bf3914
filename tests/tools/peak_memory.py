"""Runs a command and says how much memory it held at most: `peak_memory.py COMMAND...` ends with "peak: N MiB"."""
import resource
import subprocess
import sys

# The launcher's descriptors go on to the command.
code = subprocess.run(sys.argv[1:], close_fds=False).returncode
# In one piece: print() writes the end of the line apart, behind another rank's perhaps.
sys.stdout.write(f"peak: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MiB\n")
sys.stdout.flush()
sys.exit(code)
