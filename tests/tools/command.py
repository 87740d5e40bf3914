"""What the command says of itself, and how it is misused: exit codes, and one line of complaint for all ranks."""
import re

from harness import check, complaints, finish, run

for launcher in True, False:
    version = run(2, "--version", launcher=launcher)
    check(version.returncode == 0 and re.fullmatch(r"clique \d+\.\d+\.\d+\n", version.stdout), "--version", version)

overview = run(2, "--help")
check(overview.returncode == 0 and overview.stdout.count("Usage:") == 1, "--help once", overview)
check(all(name in overview.stdout for name in ("info", "transpose", "bench")), "--help lists the subcommands", overview)
for subcommand, option in ("info", "--json"), ("transpose", "--apply"), ("bench", "--min-bytes"):
    text = run(1, subcommand, "--help", launcher=False)
    check(text.returncode == 0 and option in text.stdout, f"{subcommand} --help", text)

misuses = [[], ["no-such-subcommand"], ["info", "--no-such-option"], ["transpose", "only-one.npy"],
           ["transpose", "a.npy", "b.npy", "c.npy"], ["bench", "no_such_collective"], ["bench", "--type", "quaternion"],
           ["bench", "--min-bytes", "64Q"], ["bench", "--min-bytes", "2M", "--max-bytes", "1M"],
           ["bench", "--factor", "1"], ["bench", "--iterations", "0"]]
for number, arguments in enumerate(misuses):
    misuse = run(2, *arguments, launcher=number == 0)
    check(misuse.returncode == 2, f"exit code 2 for {arguments}", misuse)
    check(len(complaints(misuse)) == 1 and not misuse.stdout.startswith("clique"), f"one line for {arguments}", misuse)

# What the environment says is the library's business, and its error everyone's.
wrong = run(2, "info", environment={"CLIQUE_STAGING": "carrier-pigeon"})
check(wrong.returncode == 1, "exit code 1 for a bad environment variable", wrong)
check(len(complaints(wrong)) == 1 and "carrier-pigeon" in complaints(wrong)[0], "one line that names it", wrong)

finish()
