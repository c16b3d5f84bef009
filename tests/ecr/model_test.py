#!/usr/bin/env python3
"""Every operation of ECR's model against a real server, by boto3; every answer held against the
model (world.py).

    tests/ecr/model_test.py [--gantry BINARY] [unittest options]
"""

import hashlib
import json
import os
import pathlib
import sys
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import model  # noqa: E402
import world  # noqa: E402
from world import ACCOUNT, INDEX, REGION, digest_of  # noqa: E402

PULL_POLICY = {"Version": "2012-10-17", "Statement": [{
    "Sid": "allow pull", "Effect": "Allow", "Principal": "*",
    "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}]}
LIFECYCLE = {"rules": [{"rulePriority": 1, "description": "keep one", "selection": {
    "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1},
    "action": {"type": "expire"}}]}
NO_IMAGE = "sha256:" + "0" * 64


class EcrTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = world.services.Gantry(anonymous=False).start()
        cls.addClassCleanup(cls.server.stop)
        cls.world = world.World(cls.server)
        cls.ecr = cls.world.ecr

    def refused(self, error, message, call, **parameters):
        self.assertEqual(self.world.refusal(call, **parameters), (error, message))

    def refused_as(self, error, call, **parameters):
        self.assertEqual(self.world.refusal(call, **parameters)[0], error)

    def repository(self, name, **more):
        return self.ecr.create_repository(repositoryName=name, **more)["repository"]

    # --- repositories ------------------------------------------------------------------------------

    def test_repositories(self):
        made = self.repository("rep/a", imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
                               imageTagMutabilityExclusionFilters=[
                                   {"filterType": "WILDCARD", "filter": "dev-*"}],
                               imageScanningConfiguration={"scanOnPush": True},
                               tags=[{"Key": "team", "Value": "a"}])
        self.assertEqual(made["repositoryArn"],
                         f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/rep/a")
        self.assertEqual(made["repositoryUri"], f"{self.server.address}/rep/a")
        self.assertEqual(made["encryptionConfiguration"], {"encryptionType": "AES256"})
        self.refused("RepositoryAlreadyExistsException",
                     f"The repository with name 'rep/a' already exists in the registry with id '{ACCOUNT}'",
                     self.ecr.create_repository, repositoryName="rep/a")
        described = self.ecr.describe_repositories(repositoryNames=["rep/a"])["repositories"]
        self.assertEqual(described, [made])
        missing = (f"The repository with name 'rep/none' does not exist in the registry with id "
                   f"'{ACCOUNT}'")
        self.refused("RepositoryNotFoundException", missing, self.ecr.describe_repositories,
                     repositoryNames=["rep/a", "rep/none"])
        self.refused("RepositoryNotFoundException", missing, self.ecr.list_images,
                     repositoryName="rep/none")
        changed = self.ecr.put_image_tag_mutability(repositoryName="rep/a",
                                                    imageTagMutability="IMMUTABLE")
        self.assertEqual(changed["imageTagMutability"], "IMMUTABLE")
        self.assertNotIn("imageTagMutabilityExclusionFilters", changed)
        self.refused_as("InvalidParameterException", self.ecr.put_image_tag_mutability,
                        repositoryName="rep/a", imageTagMutability="MUTABLE_WITH_EXCLUSION")
        self.world.push_image("rep/a", "v1", b"one")
        self.refused("RepositoryNotEmptyException",
                     f"The repository with name 'rep/a' in registry with id '{ACCOUNT}' cannot be "
                     "deleted because it still contains images",
                     self.ecr.delete_repository, repositoryName="rep/a")
        self.ecr.delete_repository(repositoryName="rep/a", force=True)
        self.refused_as("RepositoryNotFoundException", self.ecr.delete_repository,
                        repositoryName="rep/a")

    def test_pages(self):
        names = [f"page/r{number:02}" for number in range(7)]
        for name in names:
            self.repository(name)
        for size in (1, 2, 3, 7, 1000):
            found = []
            for page in self.ecr.get_paginator("describe_repositories").paginate(
                    PaginationConfig={"PageSize": size}):
                self.assertLessEqual(len(page["repositories"]), size)
                found += [one["repositoryName"] for one in page["repositories"]]
            self.assertEqual([name for name in found if name.startswith("page/")], names)
            self.assertEqual(len(found), len(set(found)))
        token = self.ecr.describe_repositories(maxResults=1)["nextToken"]
        self.refused_as("InvalidParameterException", self.ecr.list_images,
                        repositoryName=names[0], nextToken=token)
        self.refused_as("InvalidParameterException", self.ecr.describe_repositories,
                        nextToken=token[:-2] + "AA")
        self.refused_as("InvalidParameterException", self.ecr.describe_repositories,
                        repositoryNames=names[:1], maxResults=5)

    def test_resource_tags(self):
        arn = self.repository("tags/a")["repositoryArn"]
        self.ecr.tag_resource(resourceArn=arn, tags=[{"Key": "b", "Value": "2"},
                                                     {"Key": "a", "Value": "1"}])
        self.ecr.tag_resource(resourceArn=arn, tags=[{"Key": "b", "Value": ""}])
        self.assertEqual(self.ecr.list_tags_for_resource(resourceArn=arn)["tags"],
                         [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
        self.ecr.untag_resource(resourceArn=arn, tagKeys=["a", "absent"])
        self.assertEqual(len(self.ecr.list_tags_for_resource(resourceArn=arn)["tags"]), 1)
        self.refused("InvalidParameterException",
                     "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'",
                     self.ecr.list_tags_for_resource, resourceArn="arn:aws:s3:::bucket")
        self.refused_as("RepositoryNotFoundException", self.ecr.list_tags_for_resource,
                        resourceArn=arn + "bc")
        self.refused_as("InvalidTagParameterException", self.ecr.tag_resource, resourceArn=arn,
                        tags=[{"Key": "aws:x", "Value": ""}])
        self.refused_as("TooManyTagsException", self.ecr.tag_resource, resourceArn=arn,
                        tags=[{"Key": f"k{number}", "Value": ""} for number in range(50)])

    # --- images --------------------------------------------------------------------------------------

    def test_images(self):
        self.repository("img/a")
        digest, manifest = self.world.push_image("img/a", "v1", b"first layer")
        self.refused("ImageAlreadyExistsException",
                     f"Image with digest '{digest}' and tag 'v1' already exists in the repository "
                     f"with name 'img/a' in the registry with id '{ACCOUNT}'",
                     self.ecr.put_image, repositoryName="img/a", imageManifest=manifest,
                     imageTag="v1")
        self.ecr.put_image(repositoryName="img/a", imageManifest=manifest, imageTag="v2")
        other, _ = self.world.push_image("img/a", None, b"second layer")
        got = self.ecr.batch_get_image(repositoryName="img/a", imageIds=[
            {"imageTag": "v1"}, {"imageDigest": other}, {"imageTag": "none"}, {},
            {"imageDigest": "bad"}, {"imageTag": "v1", "imageDigest": other}])
        self.assertEqual([one["imageId"] for one in got["images"]],
                         [{"imageDigest": digest, "imageTag": "v1"}, {"imageDigest": other}])
        self.assertEqual(got["images"][0]["imageManifest"], manifest)
        self.assertEqual([one["failureCode"] for one in got["failures"]],
                         ["ImageNotFound", "MissingDigestAndTag", "InvalidImageDigest",
                          "ImageTagDoesNotMatchDigest"])
        details = self.ecr.describe_images(repositoryName="img/a", imageIds=[{"imageTag": "v1"}])
        detail = details["imageDetails"][0]
        self.assertEqual(detail["imageTags"], ["v1", "v2"])
        self.assertEqual(detail["artifactMediaType"], world.CONFIG)
        layers = sum(part["size"] for part in
                     [json.loads(manifest)["config"], *json.loads(manifest)["layers"]])
        self.assertEqual(detail["imageSizeInBytes"], layers)
        self.refused("ImageNotFoundException",
                     "The image with imageId {imageDigest:'null', imageTag:'none'} does not exist "
                     f"within the repository with name 'img/a' in the registry with id '{ACCOUNT}'",
                     self.ecr.describe_images, repositoryName="img/a",
                     imageIds=[{"imageTag": "none"}])

        def listed(**more):
            pages = self.ecr.get_paginator("list_images").paginate(repositoryName="img/a", **more)
            return sorted((one["imageDigest"], one.get("imageTag")) for page in pages
                          for one in page["imageIds"])
        everything = sorted([(digest, "v1"), (digest, "v2"), (other, None)],
                            key=lambda pair: (pair[0], pair[1] or ""))
        for size in (1, 2, 1000):
            self.assertEqual(listed(PaginationConfig={"PageSize": size}), everything)
        self.assertEqual(listed(filter={"tagStatus": "UNTAGGED"}), [(other, None)])
        self.assertEqual(listed(filter={"tagStatus": "TAGGED"}), [(digest, "v1"), (digest, "v2")])
        self.assertEqual(listed(filter={"imageStatus": "ARCHIVED"}), [])
        status = self.ecr.update_image_storage_class(
            repositoryName="img/a", imageId={"imageTag": "v1"}, targetStorageClass="STANDARD")
        self.assertEqual(status["imageStatus"], "ACTIVE")
        self.refused_as("ImageStorageClassUpdateNotSupportedException",
                        self.ecr.update_image_storage_class, repositoryName="img/a",
                        imageId={"imageTag": "v1"}, targetStorageClass="ARCHIVE")
        gone = self.ecr.batch_delete_image(repositoryName="img/a", imageIds=[
            {"imageTag": "v2"}, {"imageDigest": other}, {"imageTag": "none"}])
        self.assertEqual(gone["imageIds"], [{"imageDigest": digest, "imageTag": "v2"},
                                            {"imageDigest": other}])
        self.assertEqual(gone["failures"][0]["failureReason"], "Requested image not found")
        self.assertEqual(listed(), [(digest, "v1")])
        self.ecr.batch_delete_image(repositoryName="img/a", imageIds=[{"imageTag": "v1"}])
        self.assertEqual(listed(), [])  # the last tag takes the image with it

    def test_indexes_and_referrers(self):
        self.repository("idx/a")
        child, manifest = self.world.push_image("idx/a", None, b"child")
        index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
            {**world.descriptor(manifest.encode(), world.MANIFEST),
             "platform": {"os": "linux", "architecture": "amd64"}}]})
        self.ecr.put_image(repositoryName="idx/a", imageManifest=index, imageTag="multi")
        kept = self.ecr.batch_delete_image(repositoryName="idx/a",
                                           imageIds=[{"imageDigest": child}])["failures"]
        self.assertEqual((kept[0]["failureCode"], kept[0]["failureReason"]),
                         ("ImageReferencedByManifestList",
                          f"Requested image referenced by manifest list: [{digest_of(index.encode())}]"))
        self.world.push_image("idx/a", None, b"a signature", artifactType="application/x-sig",
                              subject=world.descriptor(manifest.encode(), world.MANIFEST))
        found = self.ecr.list_image_referrers(repositoryName="idx/a",
                                              subjectId={"imageDigest": child})["referrers"]
        self.assertEqual([one["artifactType"] for one in found], ["application/x-sig"])
        none = self.ecr.list_image_referrers(
            repositoryName="idx/a", subjectId={"imageDigest": child},
            filter={"artifactTypes": ["application/x-other"]})
        self.assertEqual(none["referrers"], [])

    def test_manifests_that_are_refused(self):
        self.repository("bad/a")
        missing = json.dumps({"schemaVersion": 2, "mediaType": world.MANIFEST,
                              "config": world.descriptor(b"{}", world.CONFIG), "layers": []})
        self.refused("LayersNotFoundException",
                     f"Layers with digests '[{digest_of(b'{}')}]' required for pushing image into "
                     f"the repository with name 'bad/a' in the registry with id '{ACCOUNT}' do not "
                     "exist", self.ecr.put_image, repositoryName="bad/a", imageManifest=missing)
        index = json.dumps({"schemaVersion": 2, "mediaType": INDEX,
                            "manifests": [world.descriptor(b"x", world.MANIFEST)]})
        self.refused_as("ReferencedImagesNotFoundException", self.ecr.put_image,
                        repositoryName="bad/a", imageManifest=index)
        self.refused_as("InvalidParameterException", self.ecr.put_image, repositoryName="bad/a",
                        imageManifest="{")
        self.refused_as("ImageDigestDoesNotMatchException", self.ecr.put_image,
                        repositoryName="bad/a", imageManifest=index, imageDigest=NO_IMAGE)

    def test_immutable_tags(self):
        self.repository("imm/a", imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
                        imageTagMutabilityExclusionFilters=[
                            {"filterType": "WILDCARD", "filter": "latest*"}])
        for tag in ("v1", "latest-1"):
            self.world.push_image("imm/a", tag, b"one")
        self.world.push_image("imm/a", "latest-1", b"two")
        _, manifest = self.world.push_image("imm/a", "v2", b"two")
        self.refused("ImageTagAlreadyExistsException",
                     "The image tag 'v1' already exists in the 'imm/a' repository and cannot be "
                     "overwritten because the tag is immutable.", self.ecr.put_image,
                     repositoryName="imm/a", imageManifest=manifest, imageTag="v1")
        gone = self.ecr.batch_delete_image(repositoryName="imm/a", imageIds=[{"imageTag": "v1"}])
        self.assertEqual(gone["failures"], [])

    # --- layers ------------------------------------------------------------------------------------

    def test_layers(self):
        self.repository("lay/a")
        content = hashlib.sha256(b"seed").digest() * 40_000
        digest = self.world.push_layer("lay/a", content, parts=3)
        there = self.ecr.batch_check_layer_availability(
            repositoryName="lay/a", layerDigests=[digest, NO_IMAGE, "what"])
        self.assertEqual([(one["layerAvailability"], one.get("layerSize")) for one in there["layers"]],
                         [("AVAILABLE", len(content)), ("UNAVAILABLE", None)])
        self.assertEqual(there["failures"][0]["failureCode"], "InvalidLayerDigest")
        url = self.ecr.get_download_url_for_layer(repositoryName="lay/a",
                                                  layerDigest=digest)["downloadUrl"]
        with urllib.request.urlopen(url) as answer:
            self.assertEqual(answer.read(), content)
        forged = url[:-4] + ("AAAA" if not url.endswith("AAAA") else "BBBB")
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(forged)
        self.assertEqual(caught.exception.code, 403)
        caught.exception.close()
        self.refused_as("LayersNotFoundException", self.ecr.get_download_url_for_layer,
                        repositoryName="lay/a", layerDigest=NO_IMAGE)
        upload = self.ecr.initiate_layer_upload(repositoryName="lay/a")["uploadId"]
        self.refused_as("EmptyUploadException", self.ecr.complete_layer_upload,
                        repositoryName="lay/a", uploadId=upload, layerDigests=[digest])
        part = {"repositoryName": "lay/a", "uploadId": upload, "layerPartBlob": b"abc"}
        self.refused_as("InvalidLayerPartException", self.ecr.upload_layer_part, **part,
                        partFirstByte=1, partLastByte=3)
        self.ecr.upload_layer_part(**part, partFirstByte=0, partLastByte=2)
        self.refused_as("InvalidLayerPartException", self.ecr.upload_layer_part, **part,
                        partFirstByte=3, partLastByte=9)
        self.refused("InvalidLayerException",
                     "None of the provided layer digests match the calculated layer digest",
                     self.ecr.complete_layer_upload, repositoryName="lay/a", uploadId=upload,
                     layerDigests=[digest])
        self.ecr.complete_layer_upload(repositoryName="lay/a", uploadId=upload,
                                       layerDigests=[NO_IMAGE, digest_of(b"abc")])
        self.refused_as("UploadNotFoundException", self.ecr.upload_layer_part, **part,
                        partFirstByte=3, partLastByte=5)
        again = self.ecr.initiate_layer_upload(repositoryName="lay/a")["uploadId"]
        self.ecr.upload_layer_part(repositoryName="lay/a", uploadId=again, layerPartBlob=b"abc",
                                   partFirstByte=0, partLastByte=2)
        self.refused_as("LayerAlreadyExistsException", self.ecr.complete_layer_upload,
                        repositoryName="lay/a", uploadId=again, layerDigests=[digest_of(b"abc")])

    # --- policies and rights -------------------------------------------------------------------------

    def test_repository_policies(self):
        self.repository("pol/a")
        self.refused("RepositoryPolicyNotFoundException",
                     "Repository policy does not exist for the repository with name 'pol/a' in the "
                     f"registry with id '{ACCOUNT}'", self.ecr.get_repository_policy,
                     repositoryName="pol/a")
        text = json.dumps(PULL_POLICY)
        put = self.ecr.set_repository_policy(repositoryName="pol/a", policyText=text)["policyText"]
        self.assertTrue(put.startswith('{\n  "Version" : "2012-10-17",'), put)
        self.assertEqual(json.loads(put), PULL_POLICY)
        self.assertEqual(self.ecr.get_repository_policy(repositoryName="pol/a")["policyText"], put)
        self.refused("InvalidParameterException",
                     "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid "
                     "repository policy provided'", self.ecr.set_repository_policy,
                     repositoryName="pol/a", policyText='{"Version":"2012-10-17"}')
        lock_out = json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Deny", "Principal": "*", "Action": "ecr:SetRepositoryPolicy"}]})
        self.refused_as("InvalidParameterException", self.ecr.set_repository_policy,
                        repositoryName="pol/a", policyText=lock_out)
        self.ecr.delete_repository_policy(repositoryName="pol/a")
        self.refused_as("RepositoryPolicyNotFoundException", self.ecr.delete_repository_policy,
                        repositoryName="pol/a")
        self.ecr.set_repository_policy(repositoryName="pol/a", policyText=lock_out, force=True)
        self.refused_as("AccessDeniedException", self.ecr.get_repository_policy,
                        repositoryName="pol/a")

    def test_registry_policies(self):
        self.refused_as("RegistryPolicyNotFoundException", self.ecr.get_registry_policy)
        policy = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "ecr:ReplicateImage",
            "Resource": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/*"}]}
        put = self.ecr.put_registry_policy(policyText=json.dumps(policy))
        self.assertEqual(json.loads(put["policyText"]), policy)
        self.assertEqual(self.ecr.get_registry_policy()["policyText"], put["policyText"])
        self.refused_as("InvalidParameterException", self.ecr.put_registry_policy, policyText="[]")
        self.ecr.delete_registry_policy()
        self.refused_as("RegistryPolicyNotFoundException", self.ecr.delete_registry_policy)

    def test_rights(self):
        self.repository("secret/a")
        self.repository("open/a")
        bob = self.world.client(self.world.add_user("bob"))
        self.ecr.set_repository_policy(repositoryName="open/a", policyText=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "ecr:DescribeRepositories",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}}]}))
        for name in ("secret/a", "secret/none"):
            self.refused("AccessDeniedException",
                         f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: "
                         f"ecr:ListImages on resource: arn:aws:ecr:{REGION}:{ACCOUNT}:repository/"
                         f"{name} because no policy allows the ecr:ListImages action",
                         bob.list_images, repositoryName=name)
        self.assertEqual([one["repositoryName"] for one in
                          bob.describe_repositories()["repositories"]], ["open/a"])
        self.refused_as("AccessDeniedException", bob.describe_repositories,
                        repositoryNames=["open/a", "secret/a"])
        self.refused_as("AccessDeniedException", bob.describe_registry)
        self.refused_as("AccessDeniedException", self.ecr.list_images, repositoryName="secret/a",
                        registryId="123456789012")
        denied = world.control.ask(self.world.data, "GET",
                                   "/audit?outcome=denied&principal=user:bob")["records"]
        self.assertIn(("secret/a", "ListImages"),
                      {(one.get("repository"), one.get("detail")) for one in denied})

    def test_what_was_done_is_in_the_audit_log(self):
        self.repository("aud/a")
        digest, _ = self.world.push_image("aud/a", "v1", b"audited")
        self.ecr.batch_get_image(repositoryName="aud/a", imageIds=[{"imageTag": "v1"}])
        self.ecr.batch_delete_image(repositoryName="aud/a", imageIds=[{"imageTag": "v1"}])
        records = world.control.ask(self.world.data, "GET", "/audit?repository=aud/a")["records"]
        seen = {(one["action"], one.get("detail"), one.get("tag"), one.get("digest"))
                for one in records}
        for wanted in (("config", "CreateRepository", None, None),
                       ("push", "PutImage", "v1", digest),
                       ("pull", "BatchGetImage", "v1", digest),
                       ("delete", "BatchDeleteImage", "v1", digest)):
            self.assertIn(wanted, {tuple(part or None for part in one) for one in seen})

    # --- lifecycle ------------------------------------------------------------------------------------

    def test_lifecycle(self):
        self.repository("life/a")
        target = {"repositoryName": "life/a"}
        self.refused("LifecyclePolicyNotFoundException",
                     "Lifecycle policy does not exist for the repository with name 'life/a' in the "
                     f"registry with id '{ACCOUNT}'", self.ecr.get_lifecycle_policy, **target)
        self.refused_as("LifecyclePolicyNotFoundException",
                        self.ecr.start_lifecycle_policy_preview, **target)
        self.refused_as("LifecyclePolicyPreviewNotFoundException",
                        self.ecr.get_lifecycle_policy_preview, **target)
        old, _ = self.world.push_image("life/a", "old", b"old")
        self.world.push_image("life/a", "new", b"new")
        text = json.dumps(LIFECYCLE)
        put = self.ecr.put_lifecycle_policy(**target, lifecyclePolicyText=text)
        self.assertEqual(json.loads(put["lifecyclePolicyText"]), LIFECYCLE)
        got = self.ecr.get_lifecycle_policy(**target)
        self.assertEqual(got["lifecyclePolicyText"], put["lifecyclePolicyText"])
        self.assertEqual(got["lastEvaluatedAt"].timestamp(), 0)
        self.refused("InvalidParameterException",
                     "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
                     "'Lifecycle policy validation failure: Could not map policyString into "
                     "LifecyclePolicy.'", self.ecr.put_lifecycle_policy, **target,
                     lifecyclePolicyText="x" * 100)
        self.assertEqual(self.ecr.start_lifecycle_policy_preview(**target)["status"], "IN_PROGRESS")
        self.ecr.get_waiter("lifecycle_policy_preview_complete").wait(**target)
        preview = self.ecr.get_lifecycle_policy_preview(**target)
        self.assertEqual([(one["imageDigest"], one["appliedRulePriority"], one["action"]["type"])
                          for one in preview["previewResults"]], [(old, 1, "EXPIRE")])
        self.assertEqual(preview["summary"]["expiringImageTotalCount"], 1)
        none = self.ecr.get_lifecycle_policy_preview(**target, imageIds=[{"imageTag": "new"}])
        self.assertEqual(none["previewResults"], [])
        self.assertEqual(self.ecr.delete_lifecycle_policy(**target)["lifecyclePolicyText"],
                         put["lifecyclePolicyText"])
        self.refused_as("LifecyclePolicyNotFoundException", self.ecr.delete_lifecycle_policy,
                        **target)

    # --- scanning, signing, replication ---------------------------------------------------------------

    def test_scanning(self):
        self.repository("scan/prod")
        self.world.push_image("scan/prod", "v1", b"scanned")
        image = {"repositoryName": "scan/prod", "imageId": {"imageTag": "v1"}}
        self.refused_as("ScanNotFoundException", self.ecr.describe_image_scan_findings, **image)
        self.refused_as("ImageNotFoundException", self.ecr.describe_image_scan_findings,
                        repositoryName="scan/prod", imageId={"imageTag": "none"})
        self.refused_as("UnsupportedImageTypeException", self.ecr.start_image_scan, **image)
        self.assertTrue(self.ecr.put_image_scanning_configuration(
            repositoryName="scan/prod", imageScanningConfiguration={"scanOnPush": True})[
                "imageScanningConfiguration"]["scanOnPush"])
        self.assertEqual(self.ecr.get_registry_scanning_configuration()["scanningConfiguration"],
                         {"scanType": "BASIC", "rules": []})

        def effective(name):
            return self.ecr.batch_get_repository_scanning_configuration(
                repositoryNames=[name, "scan/none"])
        first = effective("scan/prod")
        self.assertEqual(first["scanningConfigurations"][0]["scanFrequency"], "SCAN_ON_PUSH")
        self.assertEqual(first["failures"][0]["failureCode"], "REPOSITORY_NOT_FOUND")
        rules = [{"scanFrequency": "CONTINUOUS_SCAN",
                  "repositoryFilters": [{"filter": "prod", "filterType": "WILDCARD"}]}]
        self.refused_as("InvalidParameterException", self.ecr.put_registry_scanning_configuration,
                        scanType="BASIC", rules=rules)
        put = self.ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=rules)
        self.assertEqual(put["registryScanningConfiguration"]["rules"], rules)
        now = effective("scan/prod")["scanningConfigurations"][0]
        self.assertEqual(now["scanFrequency"], "CONTINUOUS_SCAN")
        self.assertEqual(now["appliedScanFilters"], rules[0]["repositoryFilters"])
        self.ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[])

    def test_signing(self):
        self.refused_as("SigningConfigurationNotFoundException", self.ecr.get_signing_configuration)
        configuration = {"rules": [{
            "signingProfileArn": f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/prod",
            "repositoryFilters": [{"filter": "prod/*", "filterType": "WILDCARD_MATCH"}]}]}
        self.ecr.put_signing_configuration(signingConfiguration=configuration)
        self.assertEqual(self.ecr.get_signing_configuration()["signingConfiguration"], configuration)
        self.repository("sign/a")
        self.world.push_image("sign/a", "v1", b"signed")
        status = self.ecr.describe_image_signing_status(repositoryName="sign/a",
                                                        imageId={"imageTag": "v1"})
        self.assertEqual(status["signingStatuses"], [])
        self.ecr.delete_signing_configuration()
        self.refused_as("SigningConfigurationNotFoundException",
                        self.ecr.delete_signing_configuration)

    def test_replication(self):
        self.assertEqual(self.ecr.describe_registry()["replicationConfiguration"], {"rules": []})
        destination = {"region": "eu-west-1", "registryId": "123456789012"}
        configuration = {"rules": [{"destinations": [destination], "repositoryFilters": [
            {"filter": "myapp/", "filterType": "PREFIX_MATCH"}]}]}
        self.ecr.put_replication_configuration(replicationConfiguration=configuration)
        self.assertEqual(self.ecr.describe_registry()["replicationConfiguration"], configuration)
        self.refused("InvalidParameterException",
                     "Invalid parameter at 'replicationConfiguration' failed to satisfy constraint: "
                     "'Replication destination cannot be the same as the source registry'",
                     self.ecr.put_replication_configuration, replicationConfiguration={
                         "rules": [{"destinations": [{"region": REGION, "registryId": ACCOUNT}]}]})
        for other in (destination, {"region": "r2", "registryId": ACCOUNT}):
            self.refused_as("ValidationException", self.ecr.start_replication_backfill,
                            destination=other)
        self.assertEqual(self.ecr.list_replication_backfills()["backfills"], [])
        backfill = {"replicationBackfillId": "00000000-0000-0000-0000-000000000000"}
        for call in (self.ecr.stop_replication_backfill,
                     self.ecr.describe_replication_backfill_results):
            self.refused_as("ReplicationBackfillNotFoundException", call, **backfill)
        self.repository("repl/a")
        self.world.push_image("repl/a", "v1", b"copied")
        status = self.ecr.describe_image_replication_status(repositoryName="repl/a",
                                                            imageId={"imageTag": "v1"})
        self.assertEqual(status["replicationStatuses"], [])

    # --- what the account keeps ---------------------------------------------------------------------

    def test_creation_templates(self):
        template = {"prefix": "tpl", "description": "d", "appliedFor": ["CREATE_ON_PUSH"],
                    "imageTagMutability": "IMMUTABLE",
                    "resourceTags": [{"Key": "made", "Value": "by push"}],
                    "repositoryPolicy": json.dumps(PULL_POLICY)}
        made = self.ecr.create_repository_creation_template(**template)["repositoryCreationTemplate"]
        self.assertEqual({key: made[key] for key in template}, template)
        self.refused_as("TemplateAlreadyExistsException",
                        self.ecr.create_repository_creation_template, **template)
        changed = self.ecr.update_repository_creation_template(prefix="tpl", description="e")
        self.assertEqual(changed["repositoryCreationTemplate"]["description"], "e")
        self.assertEqual(changed["repositoryCreationTemplate"]["imageTagMutability"], "IMMUTABLE")
        self.refused_as("TemplateNotFoundException", self.ecr.update_repository_creation_template,
                        prefix="none")
        described = self.ecr.describe_repository_creation_templates(prefixes=["tpl", "none"])
        self.assertEqual(len(described["repositoryCreationTemplates"]), 1)
        self.refused_as("InvalidParameterException", self.ecr.create_repository_creation_template,
                        prefix="other", appliedFor=["REPLICATION"], repositoryPolicy="{}")
        self.ecr.delete_repository_creation_template(prefix="tpl")
        self.refused_as("TemplateNotFoundException", self.ecr.delete_repository_creation_template,
                        prefix="tpl")
        self.assertEqual(
            self.ecr.describe_repository_creation_templates()["repositoryCreationTemplates"], [])

    def test_pull_through_cache_rules(self):
        rule = {"ecrRepositoryPrefix": "docker-hub", "upstreamRegistryUrl": "registry-1.docker.io"}
        arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/hub-AbCdEf"
        made = self.ecr.create_pull_through_cache_rule(**rule, credentialArn=arn)
        self.assertEqual(made["upstreamRegistry"], "docker-hub")
        self.refused_as("PullThroughCacheRuleAlreadyExistsException",
                        self.ecr.create_pull_through_cache_rule, **rule)
        self.refused_as("UnsupportedUpstreamRegistryException",
                        self.ecr.create_pull_through_cache_rule, ecrRepositoryPrefix="other",
                        upstreamRegistryUrl="no host")
        own = self.ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="own",
                                                      upstreamRegistryUrl="registry.example.com")
        self.assertNotIn("upstreamRegistry", own)
        found = self.ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
        self.assertEqual([one["ecrRepositoryPrefix"] for one in found], ["docker-hub", "own"])
        self.refused_as("PullThroughCacheRuleNotFoundException",
                        self.ecr.describe_pull_through_cache_rules, ecrRepositoryPrefixes=["none"])
        self.ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="docker-hub",
                                                credentialArn=arn[:-1] + "g")
        valid = self.ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="docker-hub")
        self.assertFalse(valid["isValid"])
        for prefix in ("docker-hub", "own"):
            self.ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix=prefix)
        self.refused_as("PullThroughCacheRuleNotFoundException",
                        self.ecr.delete_pull_through_cache_rule, ecrRepositoryPrefix="own")

    def test_account_settings(self):
        for name, value in (("BASIC_SCAN_TYPE_VERSION", "AWS_NATIVE"),
                            ("REGISTRY_POLICY_SCOPE", "V2"), ("BLOB_MOUNTING", "ENABLED")):
            self.assertEqual(self.ecr.get_account_setting(name=name)["value"], value)
        self.ecr.put_account_setting(name="BLOB_MOUNTING", value="DISABLED")
        self.assertEqual(self.ecr.get_account_setting(name="BLOB_MOUNTING")["value"], "DISABLED")
        self.refused_as("InvalidParameterException", self.ecr.put_account_setting,
                        name="BLOB_MOUNTING", value="SOMETIMES")
        self.refused_as("InvalidParameterException", self.ecr.get_account_setting, name="OTHER")

    def test_pull_time_update_exclusions(self):
        arn = f"arn:aws:iam::{ACCOUNT}:role/scanner"
        self.ecr.register_pull_time_update_exclusion(principalArn=arn)
        self.refused_as("ExclusionAlreadyExistsException",
                        self.ecr.register_pull_time_update_exclusion, principalArn=arn)
        self.assertEqual(self.ecr.list_pull_time_update_exclusions()["pullTimeUpdateExclusions"],
                         [arn])
        self.ecr.deregister_pull_time_update_exclusion(principalArn=arn)
        self.refused_as("ExclusionNotFoundException",
                        self.ecr.deregister_pull_time_update_exclusion, principalArn=arn)

    # --- protocol ---------------------------------------------------------------------------------------

    def test_wrong_secret_and_unknown_key(self):
        wrong = self.world.client({**self.world.key, "secret": "x" * 40})
        self.refused_as("InvalidSignatureException", wrong.describe_registry)
        unknown = self.world.client({"id": "AKIAUNKNOWN", "secret": "x"})
        # Nobody finds out which keys there are.
        self.refused_as("InvalidSignatureException", unknown.describe_registry)

    def test_constraints(self):
        sentence = "Invalid parameter at '{}' failed to satisfy constraint: '{}'"
        self.refused("InvalidParameterException",
                     sentence.format("repositoryName",
                                     "must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)"
                                     "*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'"),
                     self.ecr.create_repository, repositoryName="BAD NAME!")
        self.refused_as("InvalidParameterException", self.ecr.create_repository,
                        repositoryName="a" * 300)
        self.refused_as("InvalidParameterException", self.ecr.list_images, repositoryName="ab",
                        maxResults=1001)
        self.refused_as("SerializationException", self.ecr.list_images, repositoryName=["ab"])

    def test_the_table_is_botocores(self):
        self.assertEqual(model.FILE.read_text(), model.render(),
                         "run tests/ecr/model.py: botocore's model has changed")

    @classmethod
    def tearDownClass(cls):
        password = world.password_of(cls.ecr)
        assert password and ":" not in password
        if len(sys.argv) > 1:
            return  # some tests only
        every = set(model.service_model()["operations"])
        missing = every - set(cls.world.called)
        if missing:
            raise AssertionError(f"never called: {sorted(missing)}")
        print(f"{len(every)} operations called, "
              f"{sum(len(came) for came in cls.world.called.values())} kinds of answers checked")


if __name__ == "__main__":
    if "--gantry" in sys.argv:
        at = sys.argv.index("--gantry")
        os.environ["GANTRY_BINARY"] = sys.argv[at + 1]
        del sys.argv[at:at + 2]
    unittest.main()
