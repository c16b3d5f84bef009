// Planning at scale: ninja retention_bench && build/release/retention_bench
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "retention/planner.h"

namespace gantry::retention {
namespace {

constexpr Time kNow{1'700'000'000'000'000};

// 30 rules as a large company has them: 28 streams of tags, untagged, the rest.
Policy ThirtyRules() {
  std::string text = R"({"rules":[)";
  for (int i = 1; i <= 28; ++i) {
    text += R"({"rulePriority":)" + std::to_string(i) +
            R"(,"selection":{"tagStatus":"tagged","tagPatternList":["stream-)" + std::to_string(i) +
            R"(-*"],"countType":)" +
            (i % 2 == 0 ? R"("imageCountMoreThan","countNumber":5)"
                        : R"("sinceImagePushed","countUnit":"days","countNumber":60)") +
            R"(},"action":{"type":"expire"}},)";
  }
  text +=
      R"({"rulePriority":29,"selection":{"tagStatus":"untagged","countType":"sinceImagePushed",)"
      R"("countUnit":"days","countNumber":2},"action":{"type":"expire"}},)"
      R"({"rulePriority":30,"selection":{"tagStatus":"any","countType":"imageCountMoreThan",)"
      R"("countNumber":300},"action":{"type":"expire"}}]})";
  auto policy = ParseEcrPolicy(text);
  if (!policy.ok()) {
    std::fprintf(stderr, "%s\n", policy.error().message().c_str());
    std::exit(1);
  }
  return std::move(policy).value();
}

std::vector<Image> Repository(uint32_t count) {
  std::mt19937_64 random(count);
  std::vector<Image> images(count);
  for (uint32_t i = 0; i < count; ++i) {
    Image& image = images[i];
    image.digest = "sha256:" + std::string(48, 'a') +
                   std::to_string(1'000'000'000'000'000 + random() % 1'000'000'000'000'000);
    image.pushed_at = kNow - Hours(static_cast<int64_t>(random() % (24 * 200)));
    if (i % 10 != 0) {
      image.tags.push_back("stream-" + std::to_string(random() % 32) + "-" + std::to_string(i));
      if (i % 3 == 0) image.tags.push_back("sha-" + std::to_string(random()));
    }
    if (i % 20 == 0 && i > 2) {
      image.kind = oci::ManifestKind::kIndex;
      image.children = {i - 1, i - 2};
    }
  }
  return images;
}

// 730,000 images in 2,000 repositories, each verdict with its sentence.
void BM_Installation(benchmark::State& state) {
  const Policy policy = ThirtyRules();
  std::vector<std::vector<Image>> repositories;
  for (uint32_t i = 0; i < 2000; ++i) repositories.push_back(Repository(330 + i % 70));
  int64_t images = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    images = 0;
    Planner planner({&policy});
    for (const auto& repository : repositories) {
      const auto verdicts = planner.Plan("app", repository, kNow);
      for (const Verdict& verdict : verdicts) {
        bytes += static_cast<int64_t>(Explain(planner.policies(), repository, verdict).size());
      }
      images += static_cast<int64_t>(repository.size());
    }
  }
  benchmark::DoNotOptimize(bytes);
  state.counters["images"] = static_cast<double>(images);
}
BENCHMARK(BM_Installation)->Unit(benchmark::kMillisecond)->Iterations(3);

void BM_Repository(benchmark::State& state) {
  const Policy policy = ThirtyRules();
  const auto images = Repository(static_cast<uint32_t>(state.range(0)));
  Planner planner({&policy});
  int64_t bytes = 0;
  for (auto _ : state) {
    const auto verdicts = planner.Plan("app", images, kNow);
    for (const Verdict& verdict : verdicts) {
      bytes += static_cast<int64_t>(Explain(planner.policies(), images, verdict).size());
    }
  }
  benchmark::DoNotOptimize(bytes);
}
BENCHMARK(BM_Repository)->Unit(benchmark::kMillisecond)->Arg(365)->Arg(10'000);

}  // namespace
}  // namespace gantry::retention

BENCHMARK_MAIN();
