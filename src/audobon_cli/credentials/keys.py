"""The key that signs, and its certificates: an authority of one's own, and one for signing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.domain.errors import CredentialsKeyMissing, OutputExists
from audobon_cli.platforms import current
from audobon_cli.storage.durable_files import output_errors, write_output

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

KEY_NAME, CHAIN_NAME = "key.pem", "certificates.pem"
DAYS = 3650
"""That a certificate is valid."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of the curve P-256 (for ES256) as PKCS 8 in PEM; its certificates: the signer's, then the authority's."""

    private: bytes
    chain: bytes
    folder: Path

    @property
    def holder(self) -> str:
        """Whom the certificate names."""
        from cryptography.x509.oid import NameOID

        return str(self._certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the signer's certificate, in hexadecimal."""
        from cryptography.hazmat.primitives import hashes

        return self._certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def expires(self) -> datetime:
        """When the certificate ends."""
        return self._certificate.not_valid_after_utc

    @property
    def _certificate(self) -> "x509.Certificate":
        from cryptography import x509

        return x509.load_pem_x509_certificate(self.chain)


def make_key(folder: Path, holder: str, replace: bool = False) -> SigningKey:
    """A new key for ``holder`` in ``folder``, readable by the user alone.

    Raises OutputExists where there is one and ``replace`` is not set, OutputUnwritable.
    """
    if (folder / KEY_NAME).exists() and not replace:
        raise OutputExists(
            f"There is a key in {folder} already.",
            hint="use it, or make another with --replace: what it signed stays valid",
            paths=[str(folder / KEY_NAME)],
        )
    private, chain = _made(holder)
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        current().make_private_folder(folder)
    write_output(folder / KEY_NAME, private, overwrite=True)
    current().make_private(folder / KEY_NAME)
    write_output(folder / CHAIN_NAME, chain, overwrite=True)
    return SigningKey(private, chain, folder)


def read_key(folder: Path) -> SigningKey:
    """The key in ``folder``. Raises CredentialsKeyMissing."""
    try:
        found = SigningKey((folder / KEY_NAME).read_bytes(), (folder / CHAIN_NAME).read_bytes(), folder)
        found.fingerprint  # noqa: B018 - a certificate that cannot be read is told here
    except (OSError, ValueError) as error:
        raise CredentialsKeyMissing(
            f"There is no key to sign with in {folder}.", hint="make one: `audobon provenance key`"
        ) from error
    return found


def _made(holder: str) -> tuple[bytes, bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    # Two keys: a signer's certificate must not be its own authority's (C2PA 2.2, 14.5.1).
    authority, signer = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    above, own = _name("Audobon local authority", holder), _name("Audobon export", holder)
    root = (
        _begun(above, above, authority)
        .add_extension(x509.BasicConstraints(True, 0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(authority, hashes.SHA256())
    )
    leaf = (
        _begun(own, above, signer)
        .add_extension(x509.BasicConstraints(False, None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False
        )
        .sign(authority, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = signer.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private, leaf.public_bytes(pem) + root.public_bytes(pem)


def _begun(
    subject: "x509.Name", issuer: "x509.Name", key: "EllipticCurvePrivateKey"
) -> "x509.CertificateBuilder":
    from cryptography import x509

    # A day early: clocks of those who read may be behind.
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common: str, holder: str) -> "x509.Name":
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, holder[:64]),
        ]
    )


def _usage(signs_certificates: bool) -> "x509.KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
