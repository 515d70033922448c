"""Goal: no results. Everything that may be killed is killed."""
# correct
import signal


@attempt
def kill():
    os.kill(-1, signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)
