"""Makes the certificate with which our FHIR server speaks https: for 127.0.0.1 and localhost, for a few days."""

import datetime as dt
import ipaddress
import ssl
import tempfile
from pathlib import Path

from cds_conformance.errors import BadOption

DAYS = 7


def made_certificate(file: Path) -> ssl.SSLContext:
    """A server's context with a new key; the certificate alone, which a service must trust, is written to the file."""
    certificate, key = _pair()
    try:
        Path(file).write_bytes(certificate)
    except OSError as trouble:
        raise BadOption(f"--fhir-https {file}: the certificate cannot be written there: {trouble}") from trouble
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with tempfile.NamedTemporaryFile(suffix=".pem") as held:  # Python's ssl reads keys from files only
        held.write(key + certificate)
        held.flush()
        context.load_cert_chain(held.name)
    return context


def _pair() -> tuple[bytes, bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "cds-conformance FHIR server")])
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), private
