"""Our patient-view against a static answer: same server, same CPU, by turns; prints requests/s and the ratio."""

import argparse
import os
import socket
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path
from statistics import median, quantiles

HERE = Path(__file__).parent
CONNECTIONS = 8
APPS = {"static": "static_app:create_app()", "ours": "cdshooks:create_app()"}
TODAY = date(2026, 1, 15)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--seconds", type=float, default=1.5, help="of each turn")
    options = options.parse_args()
    cpus = sorted(os.sched_getaffinity(0))
    body, path = our_request()
    servers = {name: start(app, cpus[0]) for name, app in APPS.items()}
    os.sched_setaffinity(0, cpus[1:] or cpus)
    try:
        call = {name: http_call(port, path, body) for name, (_, port) in servers.items()}
        measured = alternate(call, options.rounds, options.seconds)
    finally:
        for process, _ in servers.values():
            process.terminate()
            process.wait()
    report(measured, len(body))


def our_request():
    """A request that answers what our own discovery asks for, and the path of the service."""
    from patient_view_request import hook_request

    from cdshooks import create_app

    services = create_app().test_client().get("/cds-services").json["services"]
    service = next(one for one in services if one["hook"] == "patient-view")
    return hook_request(service.get("prefetch", {}), TODAY), f"/cds-services/{service['id']}"


def start(app, cpu):
    """One gunicorn with one sync worker on one CPU; its process and port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--chdir", str(HERE)]
    command += ["--log-level", "error", "--no-control-socket", app]
    environ = os.environ | {"CDSHOOKS_TODAY": TODAY.isoformat(), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    quiet = subprocess.DEVNULL  # the log is written all the same: a line for each request, as users have it
    process = subprocess.Popen(command, env=environ, stderr=quiet, preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, port
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{app} did not start")


def http_call(port, path, body):
    """A function that makes one call. A sync worker closes each connection, so every call opens its own."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    message = head.encode() + body

    def call():
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(message)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        if not answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"not a 200: {answer[:2000].decode()}")

    return call


def alternate(call, rounds, seconds):
    """Rates and times by name, measured by turns so that a noisy machine is noisy for both."""
    measured = {name: ([], []) for name in call}
    for name in call:
        load(call[name], 1.0)
    for number in range(1, rounds + 1):
        for name, (rates, times) in measured.items():
            took = load(call[name], seconds)
            rates.append(len(took) / seconds)
            times += took
            print(f"round {number}/{rounds}  {name:<7} {rates[-1]:7.0f} req/s", flush=True)
    return measured


def load(call, seconds):
    """Calls from several connections for so long; how many seconds each took."""
    took, failed, until = [], [], time.perf_counter() + seconds

    def work():
        try:
            while (begun := time.perf_counter()) < until:
                call()
                took.append(time.perf_counter() - begun)
        except (SystemExit, OSError) as error:
            failed.append(error)

    workers = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failed:
        raise SystemExit(str(failed[0]))
    return took


def report(measured, size):
    print(f"\npatient-view, {size:,} bytes, {CONNECTIONS} connections, one sync worker on one CPU")
    for name, (rates, times) in measured.items():
        p99 = quantiles(times, n=100)[98]
        print(f"{name:<7} {median(rates):7.0f} req/s   p50 {median(times) * 1e3:5.1f} ms   p99 {p99 * 1e3:5.1f} ms")
    # Of two turns one after the other, so that a machine that is busy for a while is busy for both.
    ratios = [a / b for a, b in zip(measured["ours"][0], measured["static"][0], strict=True)]
    print(f"ratio   {median(ratios):.2f} (ours / static; {min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} rounds)")


if __name__ == "__main__":
    main()
