"""The certificate with which our FHIR server speaks https: for 127.0.0.1 and localhost.

It is kept with its key, and used again: many services read what they trust only when they start.
"""

import datetime as dt
import ipaddress
import os
import ssl
from pathlib import Path

from cds_conformance.errors import BadOption

DAYS, SPARE = 90, 2  # how long it holds, and how long it must still hold to be used again


def made_certificate(file: Path) -> ssl.SSLContext:
    """A server's context. The certificate alone, which a service must trust, is in the file; its key beside it.

    Both are made where they are not there, do not belong together, or will soon be too old.
    """
    file = Path(file)
    try:
        context = _kept(file) if file.exists() else None
        if context is None:
            certificate, key = _pair()
            _key_of(file).unlink(missing_ok=True)
            with open(os.open(_key_of(file), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as secret:
                secret.write(key)
            file.write_bytes(certificate)
            context = _kept(file)
    except OSError as trouble:
        raise BadOption(f"--fhir-https {file}: the certificate cannot be written there: {trouble}") from trouble
    return context


def _key_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.key")


def _kept(file: Path) -> ssl.SSLContext | None:
    """A context of what the files hold; None where there is no key, and where the certificate is about to end.

    A file that holds something else, or is not ours, is never overwritten.
    """
    from cryptography import x509

    try:
        held = x509.load_pem_x509_certificate(file.read_bytes())
    except ValueError as trouble:
        raise BadOption(f"--fhir-https {file}: holds something else; name a file that may be written") from trouble
    ours = held.subject == held.issuer == _name()
    if not ours:
        raise BadOption(f"--fhir-https {file}: holds a certificate that is not the judge's; name another file")
    if held.not_valid_after_utc < dt.datetime.now(dt.UTC) + dt.timedelta(days=SPARE) or not _key_of(file).exists():
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(file, _key_of(file))
    except ssl.SSLError:
        return None
    return context


def _name():
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "cds-conformance FHIR server")])


def _pair() -> tuple[bytes, bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = _name()
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
