"""Calls over TLS: a certificate that holds passes, one that does not is no service, and plain http on the network is told."""

import datetime as dt
import ipaddress
import ssl

import cds_conformance
import pytest
from cds_conformance.checks.security import calls_go_over_tls
from cds_conformance.evidence import Evidence
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from reference.service import Reference
from reference.wire import Server


def certificate(folder, address: str):
    """A self-signed certificate for one IP address; its file, key included."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a service")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1))
        .not_valid_after(dt.datetime(2050, 1, 1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "service.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def judged_over_tls(file, monkeypatch):
    service = Reference()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    server = Server(service.answer)
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    server.url = server.url.replace("http:", "https:")
    with server as base:
        return cds_conformance.judge(base, spec="2.0", timeout=5.0, service=("problem-list",))


def test_a_certificate_that_holds_passes(tmp_path, monkeypatch):
    report = judged_over_tls(certificate(tmp_path, "127.0.0.1"), monkeypatch)
    assert (report.problem, report.statements["sec-1"].result) == ("", "pass")


def test_a_certificate_for_another_host_is_no_service(tmp_path, monkeypatch):
    report = judged_over_tls(certificate(tmp_path, "127.0.0.2"), monkeypatch)
    assert report.exit_code == 2
    assert "certificate is not trusted" in report.problem
    assert "--ca FILE" in report.problem


@pytest.mark.parametrize(("url", "broken"), [("http://cds.example.org", True), ("http://10.0.0.1", False)])
def test_plain_http_is_told_beyond_the_own_network(url, broken):
    run = type("Run", (), {"evidence": Evidence(url, "now")})
    findings = [one for one in calls_go_over_tls(run) if hasattr(one, "says")]
    assert bool(findings) is broken
