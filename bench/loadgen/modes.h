#pragma once

#include "options.h"

namespace loadgen {

// Each mode runs to its end, prints one JSON line a figure, and returns whether every answer was
// the expected one. Seeds are printed so that a run can be repeated.

// get, head, download: one path, closed loop. download lets the kernel drop the bodies.
bool RunGet(const Options& options);

// paced: GETs of one path at --pace a second whatever the server does; latencies count from the
// time a request was due. With --push-pace, manifests are pushed at that rate at the same time.
bool RunPaced(const Options& options);

// pages: the paths one after the other on one connection, one line each.
bool RunPages(const Options& options);

// push-blobs: `count` unique blobs (fewer when `seconds` end first).
bool RunPushBlobs(const Options& options);

// push-large: one blob, in one request or in chunks.
bool RunPushLarge(const Options& options);

// put-manifests: one config, one layer, then `count` manifests with a tag each.
bool RunPutManifests(const Options& options);

// idle: `connections` that made one request each and wait. slow-clients: that dribble bytes.
// Both print {"ready":true} once all stand, and end after `seconds`.
bool RunIdle(const Options& options);
bool RunSlowClients(const Options& options);

}  // namespace loadgen
