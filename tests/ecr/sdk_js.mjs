// The AWS SDK for JavaScript against a server: argument ENDPOINT, credentials in the environment.
// Its parser is strict where botocore's is not: times must be numbers.
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {
  BatchDeleteImageCommand, BatchGetImageCommand, CompleteLayerUploadCommand,
  CreateRepositoryCommand, DeleteRepositoryCommand, DescribeImagesCommand, DescribeRepositoriesCommand,
  ECRClient, GetAuthorizationTokenCommand, InitiateLayerUploadCommand, PutImageCommand,
  RepositoryNotFoundException, UploadLayerPartCommand, paginateListImages,
} from '@aws-sdk/client-ecr';

const ecr = new ECRClient({region: 'local-1', endpoint: process.argv[2], maxAttempts: 1});
const repositoryName = 'sdk/js';
const digestOf = (bytes) => 'sha256:' + createHash('sha256').update(bytes).digest('hex');

async function pushBlob(bytes) {
  const {uploadId} = await ecr.send(new InitiateLayerUploadCommand({repositoryName}));
  await ecr.send(new UploadLayerPartCommand({
    repositoryName, uploadId, partFirstByte: 0, partLastByte: bytes.length - 1, layerPartBlob: bytes}));
  await ecr.send(new CompleteLayerUploadCommand({
    repositoryName, uploadId, layerDigests: [digestOf(bytes)]}));
  return {digest: digestOf(bytes), size: bytes.length};
}

await assert.rejects(ecr.send(new DescribeRepositoriesCommand({repositoryNames: [repositoryName]})),
                     RepositoryNotFoundException);
const {repository} = await ecr.send(new CreateRepositoryCommand({repositoryName}));
assert(Math.abs(repository.createdAt - Date.now()) < 60_000);
const config = await pushBlob(Buffer.from('{}'));
const layer = await pushBlob(Buffer.from('a layer'));
const imageManifest = JSON.stringify({
  schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: {mediaType: 'application/vnd.oci.image.config.v1+json', ...config},
  layers: [{mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer}]});
for (const imageTag of ['v1', 'v2'])
  await ecr.send(new PutImageCommand({repositoryName, imageManifest, imageTag}));
const {imageDetails} = await ecr.send(new DescribeImagesCommand({repositoryName}));
assert.deepEqual(imageDetails[0].imageTags, ['v1', 'v2']);
assert(Math.abs(imageDetails[0].imagePushedAt - Date.now()) < 60_000);
const listed = [];
for await (const page of paginateListImages({client: ecr, pageSize: 1}, {repositoryName}))
  listed.push(...page.imageIds.map((id) => id.imageTag));
assert.deepEqual(listed, ['v1', 'v2']);
const got = await ecr.send(new BatchGetImageCommand({
  repositoryName, imageIds: [{imageTag: 'v1'}, {imageTag: 'none'}]}));
assert.equal(got.images[0].imageManifest, imageManifest);
assert.equal(got.failures[0].failureCode, 'ImageNotFound');
const {authorizationData} = await ecr.send(new GetAuthorizationTokenCommand({}));
assert(authorizationData[0].expiresAt > new Date());
await ecr.send(new BatchDeleteImageCommand({
  repositoryName, imageIds: [{imageDigest: digestOf(imageManifest)}]}));
await ecr.send(new DeleteRepositoryCommand({repositoryName}));
console.log('sdk_js: ok');
