"""
Runs a command in a terminal of its own, as a shell with job control does: terminal.py STEPS COMMAND [ARG...]
STEPS is a JSON array of objects: {"wait": TEXT} waits for new output, {"type": TEXT} types, {"signal": NAME} signals the
command itself, {"size": [ROWS, COLUMNS]} resizes, {"pause": SECONDS}.
Prints JSON: the output of the terminal, and the exit code as a shell reports it. "[stopped]" in the output means that the
command stopped; it is continued.
"""
import contextlib, fcntl, json, os, pty, signal, struct, sys, termios, time

steps, command = json.loads(sys.argv[1]), sys.argv[2:]


def shell(report):
    """The session leader: starts the command as the job in the foreground."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    pid = os.fork()
    # Both do it, because either may be first. A command that runs already can't be moved, and has moved itself.
    with contextlib.suppress(PermissionError):
        os.setpgid(pid, pid or os.getpid())
    os.tcsetpgrp(0, pid or os.getpid())
    if pid == 0:
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp(command[0], command)
    os.write(report, b"%d\n" % pid)
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            break
        os.tcsetpgrp(0, os.getpgrp())
        os.write(1, b"[stopped]")
        time.sleep(0.3)
        os.tcsetpgrp(0, pid)
        os.killpg(pid, signal.SIGCONT)
    os.write(report, b"%d\n" % (os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)))
    os._exit(0)


reader, writer = os.pipe()
os.set_inheritable(writer, False)
leader, terminal = pty.fork()
if leader == 0:
    shell(writer)
os.close(writer)
os.set_blocking(terminal, False)
report = os.fdopen(reader)
pid = int(report.readline())
output, seen = b"", 0


def read():
    global output
    try:
        output += os.read(terminal, 65536)
    except BlockingIOError:
        time.sleep(0.005)
    except OSError:
        return False
    return True


for step in steps:
    if "wait" in step:
        text, limit = step["wait"].encode(), time.time() + 20
        while text not in output[seen:] and time.time() < limit and read():
            pass
        seen = output.find(text, seen) + len(text)
    elif "type" in step:
        os.write(terminal, step["type"].encode())
    elif "signal" in step:
        os.kill(pid, getattr(signal, step["signal"]))
    elif "size" in step:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *step["size"], 0, 0))
    elif "pause" in step:
        end = time.time() + step["pause"]
        while time.time() < end and read():
            pass
while read():
    pass
print(json.dumps({"output": output.decode(), "code": int(report.readline())}))
