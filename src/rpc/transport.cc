// SPDX-License-Identifier: Apache-2.0
#include "rpc/transport.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <sys/resource.h>

#include <algorithm>

#include "passbook/v1/replication.grpc.pb.h"
#include "rpc/calls.h"
#include "rpc/clock.h"
#include "rpc/grpc_settings.h"
#include "rpc/listener.h"
#include "rpc/shared_queue.h"
#include "rpc/stream.h"

namespace passbook {
namespace {

/// The most that one turn takes in, so that a flood of calls does not hold up answers.
constexpr int kMostPerTurn = 512;
/// How long operations that are cancelled at the end may take to finish.
constexpr Duration kEndPatience = std::chrono::seconds(1);

/// Raises the limit of open files. Each connection is one, and gRPC's server stops accepting for
/// good once it hits the limit.
void raise_file_limit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
}

}  // namespace

class Transport::Impl {
 public:
  explicit Impl(const Config& config) : calls_(config.bank, config.branches, queue_, events_) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() = default;

  std::expected<void, std::string> start(const std::map<Audience, std::string>& addresses) {
    raise_file_limit();
    for (const auto& [audience, address] : addresses) {
      auto& listener =
          *listeners_
               .emplace(audience, std::make_unique<Listener>(audience, address,
                                                             service_for(audience), queue_))
               .first->second;
      if (auto started = listener.start(); !started) {
        return started;
      }
      expect(audience);
    }
    return {};
  }

  /// Ends all operations; false if they did not end in time. Call it before shutting the queue
  /// down: an operation that ends may begin another one, as a stream does with Finish, and nothing
  /// may begin on a queue that is shut down.
  bool end() {
    drain();
    calls_.refuse_all();
    hang_up();
    for (const auto& [audience, listener] : listeners_) {
      listener->shut_down();
    }
    const Instant until = real_now() + kEndPatience;
    while (anything_open()) {
      if (!queue_.run_one(until)) {
        return false;
      }
    }
    return true;
  }

  std::vector<Event> poll(Instant until) {
    bool more = queue_.run_one(until);
    for (int taken = 1; more && taken < kMostPerTurn; ++taken) {
      more = queue_.run_one(Instant{});
    }
    return std::exchange(events_, {});
  }

  void wake() { queue_.wake(); }

  void answer(CallId call, const Calls::Said& said) { calls_.answer(call, said); }

  void send(const SendMessage& send) {
    if (const auto stream = streams_.find(send.link); stream != streams_.end()) {
      stream->second->send(send.envelope);
    }
  }

  void dial(BranchId peer) {
    const auto address = peers_.find(peer);
    if (address == peers_.end()) {
      events_.emplace_back(DialFailed{peer, "it has no address"});
      wake();
      return;
    }
    auto& stub = stubs_[peer];
    if (!stub) {
      stub = v1::ReplicationService::NewStub(grpc::CreateCustomChannel(
          address->second, grpc::InsecureChannelCredentials(), channel_arguments()));
    }
    const LinkId link{++last_link_};
    streams_[link] =
        std::make_unique<DialedStream>(link, peer, *stub, queue_.get(), stream_events());
  }

  void close(LinkId link) {
    if (const auto stream = streams_.find(link); stream != streams_.end()) {
      stream->second->close();
    }
  }

  std::map<Audience, std::string> addresses() const {
    std::map<Audience, std::string> out;
    for (const auto& [audience, listener] : listeners_) {
      out.emplace(audience, listener->address());
    }
    return out;
  }

  void set_peers(std::map<BranchId, std::string> addresses) { peers_ = std::move(addresses); }

  void hang_up() {
    for (const auto& [link, stream] : streams_) {
      stream->close();
    }
  }

  void drain() {
    calls_.drain();
    for (const auto& [audience, listener] : listeners_) {
      listener->stop_serving();
    }
  }

  std::size_t calls_in_work() const { return calls_.in_work(); }

 private:
  bool anything_open() const {
    return !streams_.empty() || calls_.open() > 0 ||
           std::ranges::any_of(listeners_,
                               [](const auto& listener) { return listener.second->open() > 0; });
  }

  grpc::Service& service_for(Audience audience) {
    switch (audience) {
      case Audience::customers:
        return calls_.bank_service();
      case Audience::operators:
        return calls_.operator_service();
      case Audience::peers:
        break;
    }
    return replication_service_;
  }

  /// Begins to take the calls of an audience.
  void expect(Audience audience) {
    switch (audience) {
      case Audience::customers:
        calls_.expect_customers();
        break;
      case Audience::operators:
        calls_.expect_operators();
        break;
      case Audience::peers:
        expect_stream();
        break;
    }
  }

  void expect_stream() {
    const LinkId link{++last_link_};
    streams_[link] = std::make_unique<AcceptedStream>(link, replication_service_, queue_.get(),
                                                      stream_events(), [this] { expect_stream(); });
  }

  StreamEvents stream_events() {
    return {&events_, [this](LinkId link) { streams_.erase(link); }};
  }

  std::vector<Event> events_;
  SharedQueue queue_;
  Calls calls_;
  v1::ReplicationService::AsyncService replication_service_;
  std::map<Audience, std::unique_ptr<Listener>> listeners_;

  std::map<BranchId, std::string> peers_;  ///< their addresses
  std::map<BranchId, std::unique_ptr<v1::ReplicationService::Stub>> stubs_;
  std::map<LinkId, std::unique_ptr<Stream>> streams_;
  std::uint64_t last_link_ = 0;
};

std::expected<std::unique_ptr<Transport>, std::string> Transport::start(const Config& config) {
  std::unique_ptr<Transport> out(new Transport(std::make_unique<Impl>(config)));
  if (auto started = out->impl_->start(config.listen); !started) {
    return std::unexpected(started.error());
  }
  return out;
}

Transport::Transport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Transport::~Transport() {
  if (!impl_->end()) {
    std::ignore = impl_.release();  // operations use it until the process ends
  }
}

std::map<Audience, std::string> Transport::addresses() const { return impl_->addresses(); }
void Transport::set_peers(std::map<BranchId, std::string> addresses) {
  impl_->set_peers(std::move(addresses));
}
std::vector<Event> Transport::poll(Instant until) { return impl_->poll(until); }
void Transport::wake() { impl_->wake(); }
void Transport::answer(const AnswerCall& answer) { impl_->answer(answer.call, answer.answer); }
void Transport::answer(const AnswerOperator& answer) { impl_->answer(answer.call, answer.reply); }
void Transport::send(const SendMessage& send) { impl_->send(send); }
void Transport::dial(BranchId peer) { impl_->dial(peer); }
void Transport::close(LinkId link) { impl_->close(link); }
void Transport::hang_up() { impl_->hang_up(); }
void Transport::drain() { impl_->drain(); }
std::size_t Transport::calls_in_work() const { return impl_->calls_in_work(); }

}  // namespace passbook
