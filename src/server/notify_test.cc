#include "server/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace gantry::server {
namespace {

class NotifyTest : public testing::Test {
 protected:
  NotifyTest() {
    char pattern[] = "/tmp/gantry-notify-XXXXXX";
    folder_ = mkdtemp(pattern);
  }
  ~NotifyTest() override {
    unsetenv("NOTIFY_SOCKET");
    if (socket_ >= 0) close(socket_);
    std::filesystem::remove_all(folder_);
  }

  // Binds a socket as a service manager does; a name with '@' is abstract.
  void Listen(const std::string& name) {
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    ASSERT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), length), 0);
  }

  std::string Received() {
    char text[64];
    const ssize_t length = recv(socket_, text, sizeof text, 0);
    return length < 0 ? "nothing" : std::string(text, static_cast<size_t>(length));
  }

  std::string folder_;
  int socket_ = -1;
};

TEST_F(NotifyTest, TellsTheServiceManager) {
  Listen(folder_ + "/socket");
  EXPECT_EQ(Received(), "nothing");
  NotifySupervisor("READY=1");
  EXPECT_EQ(Received(), "READY=1");
}

TEST_F(NotifyTest, InTheAbstractNamespaceToo) {
  Listen("@" + folder_);
  NotifySupervisor("READY=1");
  EXPECT_EQ(Received(), "READY=1");
}

TEST_F(NotifyTest, NobodyNeedsToListen) {
  NotifySupervisor("READY=1");
  setenv("NOTIFY_SOCKET", "", 1);
  NotifySupervisor("READY=1");
  setenv("NOTIFY_SOCKET", (folder_ + "/absent").c_str(), 1);
  NotifySupervisor("READY=1");
  setenv("NOTIFY_SOCKET", std::string(200, 'x').c_str(), 1);
  NotifySupervisor("READY=1");
}

}  // namespace
}  // namespace gantry::server
