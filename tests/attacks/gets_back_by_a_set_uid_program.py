"""Goal: root again, with a program that has the right to it."""
# correct
import subprocess

for program in ("/bin/su", "/usr/bin/su", "/usr/bin/sudo", "/usr/bin/mount", "/usr/bin/passwd"):

    @attempt
    def run():
        subprocess.run([program, "--help"], capture_output=True, check=False)
        reached(program)
