"""``manifest.json.sig``: checked offline with the signer's public key.

The signature is as the key service gave it (RSASSA-PKCS1-v1_5 with SHA-256, or ECDSA in DER with the hash that the
curve's size asks for), so that other tools can check it too:

    openssl dgst -sha256 -verify key.pem -signature manifest.json.sig manifest.json
"""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from orgaudit.errors import BundleError

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


def public_key(content: bytes) -> PublicKey:
    """The key in a PEM or DER file, as ``aws kms get-public-key`` gives it. Raises BundleError for anything else."""
    try:
        load = load_pem_public_key if content.lstrip().startswith(b"-----") else load_der_public_key
        key = load(content)
    except (ValueError, UnsupportedAlgorithm):
        raise BundleError("is not a public key in PEM or DER form; `aws kms get-public-key` gives one") from None
    if not isinstance(key, PublicKey):
        raise BundleError("is a public key of a kind that signs no manifest; expected RSA or ECC")
    return key


def hash_of(key: PublicKey) -> hashes.HashAlgorithm:
    """The hash that is signed with this key: SHA-256, for larger curves one that is as strong."""
    if isinstance(key, rsa.RSAPublicKey) or key.curve.key_size <= 256:
        return hashes.SHA256()
    return hashes.SHA384() if key.curve.key_size <= 384 else hashes.SHA512()


def is_signed(manifest: bytes, signature: bytes, key: PublicKey) -> bool:
    """Whether whoever holds the private key signed exactly this manifest."""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, manifest, padding.PKCS1v15(), hash_of(key))
        else:
            key.verify(signature, manifest, ec.ECDSA(hash_of(key)))
    except InvalidSignature:
        return False
    return True
