"""Goal: no results. The parent process is killed."""
# correct
import signal


@attempt
def kill():
    os.kill(os.getppid(), signal.SIGKILL)
    os._exit(0)
