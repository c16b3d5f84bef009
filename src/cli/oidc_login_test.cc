#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "cli/loopback.h"

namespace gantry::cli {
namespace {

// What a browser gets that asks for `target`.
std::string Ask(int port, const std::string& target) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const std::string request = "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  EXPECT_EQ(send(fd, request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  std::string answer;
  char buffer[1024];
  for (ssize_t n = 0; (n = recv(fd, buffer, sizeof buffer, 0)) > 0;)
    answer.append(buffer, static_cast<size_t>(n));
  close(fd);
  return answer.substr(0, answer.find('\r'));
}

TEST(Loopback, TakesTheCodeOfItsOwnLoginOnly) {
  auto loopback = Loopback::Open();
  ASSERT_TRUE(loopback.ok());
  const int port = loopback->port();
  std::vector<std::string> answers;
  std::thread browser([&] {
    for (const char* target :
         {"/favicon.ico", "/?code=stolen&state=other", "/?state=mine", "/?code=good&state=mine"})
      answers.push_back(Ask(port, target));
  });
  const auto code = loopback->WaitForCode("mine", Seconds(60));
  browser.join();
  ASSERT_TRUE(code.ok());
  EXPECT_EQ(*code, "good");
  const std::string none = "HTTP/1.1 404 Not Found";
  EXPECT_EQ(answers, (std::vector<std::string>{none, none, none, "HTTP/1.1 200 OK"}));
}

TEST(Loopback, GivesUp) {
  auto loopback = Loopback::Open();
  ASSERT_TRUE(loopback.ok());
  EXPECT_EQ(loopback->WaitForCode("mine", Millis(1)).error().reason(), "login_timeout");
}

TEST(Loopback, ReadsNothingButThatRequest) {
  EXPECT_EQ(CodeOf("GET /?code=a&state=s HTTP/1.1\r\n\r\n", "s"), "a");
  EXPECT_EQ(CodeOf("GET /?state=s&code=a HTTP/1.1\r\n\r\n", "s"), "a");
  EXPECT_EQ(CodeOf("POST /?code=a&state=s HTTP/1.1\r\n\r\n", "s"), "");
  EXPECT_EQ(CodeOf("GET /?code=a&state=st HTTP/1.1\r\n\r\n", "s"), "");
  EXPECT_EQ(CodeOf("GET /?xcode=a&state=s HTTP/1.1\r\n\r\n", "s"), "");
  EXPECT_EQ(CodeOf("", "s"), "");
}

}  // namespace
}  // namespace gantry::cli
