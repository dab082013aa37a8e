"""A manifest signed by a KMS key is checked offline with its public key; nothing unsigned passes for finished."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from moto.server import ThreadedMotoServer

from orgaudit import pipeline
from orgaudit.deliver import signing
from orgaudit.deliver.signing import KmsKey
from orgaudit.errors import AccessError, BundleError, ConfigError, DeliveryError
from orgaudit.evidence.bundle import is_sealed
from orgaudit.evidence.signature import is_signed, public_key
from orgaudit.model.settings import Config, Sign
from orgaudit.pipeline.verification import verify
from orgaudit.progress import Silent
from tests.sealed import quarter, run, small_organization, swift_pdf

MANIFEST = b'{"schema": "orgaudit.manifest/1"}\n'
REGION = "eu-central-1"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def kms(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in {
        "AWS_ENDPOINT_URL_KMS": endpoint,
        "AWS_ACCESS_KEY_ID": "AKIA100000000001",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }.items():
        monkeypatch.setenv(name, value)
    return boto3.client("kms", region_name=REGION)


def key(kms: Any, spec: str, usage: str = "SIGN_VERIFY") -> tuple[str, bytes]:
    arn = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]
    return arn, kms.get_public_key(KeyId=arn)["PublicKey"] if usage == "SIGN_VERIFY" else b""


def pem(der: bytes) -> bytes:
    return load_der_public_key(der).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1"])
def test_a_signature_holds_for_this_key_and_these_bytes_alone(kms: Any, spec: str) -> None:
    arn, der = key(kms, spec)
    signature = KmsKey(arn).sign(MANIFEST)
    assert is_signed(MANIFEST, signature, public_key(der))
    assert is_signed(MANIFEST, signature, public_key(pem(der)))
    assert not is_signed(MANIFEST + b" ", signature, public_key(der))
    assert not is_signed(MANIFEST, signature[:-1] + bytes([signature[-1] ^ 1]), public_key(der))
    assert not is_signed(MANIFEST, signature, public_key(key(kms, spec)[1]))
    assert not is_signed(MANIFEST, signature, public_key(key(kms, "RSA_3072")[1]))


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P384"])
def test_another_tool_can_check_the_signature(kms: Any, spec: str, tmp_path: Path) -> None:
    arn, der = key(kms, spec)
    (tmp_path / "m").write_bytes(MANIFEST)
    (tmp_path / "s").write_bytes(KmsKey(arn).sign(MANIFEST))
    (tmp_path / "k").write_bytes(pem(der))
    digest = "-sha384" if "384" in spec else "-sha256"
    command = ["openssl", "dgst", digest, "-verify", "k", "-signature", "s", "m"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.stdout == "Verified OK\n", answer.stderr


def test_of_a_large_manifest_the_hash_is_signed(kms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service takes 4,096 bytes; moto hashes what is a hash already, so the request is looked at."""
    arn, _ = key(kms, "ECC_NIST_P384")
    signer = KmsKey(arn)
    asked: dict[str, Any] = {}
    monkeypatch.setattr(signer._kms, "sign", lambda **sent: asked.update(sent) or {"Signature": b"s"})
    assert signer.sign(b"x" * 4096) == b"s"
    assert (asked["MessageType"], len(asked["Message"])) == ("RAW", 4096)
    signer.sign(b"x" * 4097)
    assert (asked["MessageType"], len(asked["Message"]), asked["SigningAlgorithm"]) == ("DIGEST", 48, "ECDSA_SHA_384")


def test_a_key_that_is_not_there_or_cannot_sign_shows_at_once(kms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="kms_key_id.*the key cannot be used.*NotFound"):
        KmsKey(f"arn:aws:kms:{REGION}:123456789012:key/11111111-2222-3333-4444-555555555555")
    answer = {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT", "EncryptionAlgorithms": ["RSAES_OAEP_SHA_256"]}
    monkeypatch.setattr(signing, "client", lambda *_, **__: SimpleNamespace(get_public_key=lambda **_: answer))
    with pytest.raises(ConfigError, match="of spec RSA_2048 for ENCRYPT_DECRYPT; expected an RSA or ECC key"):
        KmsKey("alias/other")


def test_a_service_that_cannot_be_reached_is_one_line(monkeypatch: pytest.MonkeyPatch, kms: Any) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    with pytest.raises(AccessError, match="the key cannot be used: Could not connect") as told:
        KmsKey("alias/audit")
    assert "\n" not in str(told.value)


# A whole bundle


@pytest.fixture(scope="module")
def made(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A signed bundle, and the public key."""
    with small_organization(2), pytest.MonkeyPatch.context() as patch, swift_pdf():
        patch.setenv("AWS_ENDPOINT_URL_KMS", endpoint)
        arn, der = key(boto3.client("kms", region_name=REGION), "ECC_NIST_P256")
        bundle = run(tmp_path_factory.mktemp("out"), quarter(1), Config(sign=Sign(kms_key_id=arn)))
    return bundle, pem(der)


@pytest.fixture
def signed(made: tuple[Path, bytes], tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the signed bundle, and the file of its key."""
    (tmp_path / "key.pem").write_bytes(made[1])
    return Path(shutil.copytree(made[0], tmp_path / "out" / made[0].name)), tmp_path / "key.pem"


def problems(bundle: Path, key_file: Path | None = None) -> str:
    with swift_pdf():
        return "\n".join(verify(bundle, key_file).problems)


def test_a_signed_bundle_is_checked_with_the_key_and_says_so_without(signed: tuple[Path, Path]) -> None:
    bundle, key_file = signed
    with swift_pdf():
        found = verify(bundle, key_file)
        assert found.intact, found.problems
        assert "signature: manifest.json was signed with this key" in found.notes
        assert not any("signer not checked" in note for note in found.notes)
        found = verify(bundle)
    assert found.intact
    assert any("name the signer's key with --public-key" in note for note in found.notes)
    assert any("signer not checked" in note for note in found.notes)
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=bundle, check=True)


def test_what_is_signed_cannot_be_sealed_again(signed: tuple[Path, Path]) -> None:
    from tests.sealed import seal_again

    bundle, key_file = signed
    seal_again(bundle, lambda manifest: manifest["libraries"].update(openpyxl="9"))
    assert problems(bundle) == ""
    assert "manifest.json (not signed with this key)" in problems(bundle, key_file)


def test_a_signature_that_was_taken_away_or_is_another_is_named(signed: tuple[Path, Path]) -> None:
    bundle, key_file = signed
    (bundle / "manifest.json.sig").write_bytes(base64.b64encode(b"another"))
    assert "manifest.json.sig" in problems(bundle, key_file)
    (bundle / "manifest.json.sig").unlink()
    assert problems(bundle, key_file) == problems(bundle) == "missing: manifest.json.sig"


def test_a_file_that_is_no_key(signed: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\n")
    with pytest.raises(BundleError, match="no.pem: is not a public key"):
        verify(signed[0], tmp_path / "no.pem")
    with pytest.raises(BundleError, match="nowhere.pem: cannot be read"):
        verify(signed[0], tmp_path / "nowhere.pem")


def test_a_run_that_cannot_be_signed_is_unfinished_and_resumed_without_asking_again(
    kms: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn, der = key(kms, "RSA_2048")
    (tmp_path / "key.der").write_bytes(der)
    config, url = Config(sign=Sign(kms_key_id=arn)), kms.meta.endpoint_url

    def refused(*_: object) -> bytes:
        raise DeliveryError("the manifest could not be signed: AccessDeniedException")

    with small_organization(2), swift_pdf():
        monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", url)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(KmsKey, "sign", refused)
            with pytest.raises(DeliveryError, match="could not be signed.*orgaudit run --resume"):
                run(tmp_path / "out", quarter(1), config)
    (bundle,) = (path for path in (tmp_path / "out").iterdir() if path.is_dir())
    assert not is_sealed(bundle)
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", url)
    with swift_pdf():  # no organization answers any more
        assert pipeline.resume(bundle, Silent()).folder == bundle
        assert verify(bundle, tmp_path / "key.der").intact
    assert json.loads((bundle / "manifest.json").read_text("utf-8"))["run"]["finished"] is True
