"""Prints "ready", then each signal that it gets, and ends with exit code 7 at a second SIGUSR2 or after the time is up."""
import os, signal, sys, time

handled = ["HUP", "INT", "QUIT", "TERM", "ALRM", "USR1", "USR2", "CONT", "WINCH"]
got = []


def handle(number, _):
    got.append(signal.Signals(number).name)
    os.write(1, (got[-1] + "\n").encode())


for name in handled:
    if signal.getsignal(getattr(signal, "SIG" + name)) != signal.SIG_IGN:
        signal.signal(getattr(signal, "SIG" + name), handle)
os.write(1, b"ready\n")
end = time.monotonic() + float(sys.argv[1] if len(sys.argv) > 1 else 1)
while time.monotonic() < end:
    time.sleep(max(0, min(0.02, end - time.monotonic())))
os.write(1, ("got " + " ".join(got) + "\n").encode())
sys.exit(7)
