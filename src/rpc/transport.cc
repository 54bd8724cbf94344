// SPDX-License-Identifier: Apache-2.0
#include "rpc/transport.h"

#include <fmt/format.h>
#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <sys/resource.h>

#include <mutex>

#include "passbook/v1/bank.grpc.pb.h"
#include "passbook/v1/operator.grpc.pb.h"
#include "passbook/v1/replication.grpc.pb.h"
#include "rpc/clock.h"
#include "rpc/grpc_settings.h"
#include "rpc/standard_services.h"
#include "rpc/stream.h"
#include "wire/codec.h"
#include "wire/operator_codec.h"

namespace passbook {
namespace {

/// How many calls of each kind may arrive within one turn without waiting for a place.
constexpr int kPlacesPerKind = 64;
constexpr int kPlacesForOperators = 2;
/// One turn takes in no more than this, so that answers are not held up by a flood of calls.
constexpr int kMostPerTurn = 512;
/// What is under way at the end is cancelled, and then over within no time to speak of.
constexpr Duration kEndPatience = std::chrono::seconds(1);

Duration remaining(const grpc::ServerContext& context) {
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) {
    return kDefaultDeadline;
  }
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return std::chrono::seconds(left.tv_sec) + std::chrono::nanoseconds(left.tv_nsec);
}

gpr_timespec to_timespec(Instant until) {
  if (until == kNever) {
    return gpr_inf_future(GPR_CLOCK_MONOTONIC);
  }
  const Duration left = std::max(until - real_now(), Duration::zero());
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_nanos(left.count(), GPR_TIMESPAN));
}

using Said = std::variant<Answer, OperatorReply>;

void put(const Said& said, BankId bank, auto& out) {
  *out.mutable_header() = wire::encode(std::get<Answer>(said), bank);
}
void put(const Said& said, BankId, v1::StatusResponse& out) {
  out = wire::encode(std::get<Status>(std::get<OperatorReply>(said)));
}
void put(const Said& said, BankId, v1::SealResponse& out) {
  out = wire::encode(std::get<SealReply>(std::get<OperatorReply>(said)));
}

/// Every connection is an open file, and gRPC's server accepts no more once it has met the limit.
void raise_file_limit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
}

/// A call, from waiting for one to having answered it.
class UnaryCall : public Completion {
 public:
  virtual void answer(const Said& said, BankId bank) = 0;
  virtual void refuse(const grpc::Status& status) = 0;
  /// Whether it was answered or refused; nothing may follow that.
  virtual bool answered() const = 0;

  void turn_away() {
    refuse(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the branch is shutting down"));
  }
};

}  // namespace

class Transport::Impl {
 public:
  explicit Impl(Config config) : config_(std::move(config)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() {
    if (queue_) {
      queue_->Shutdown();
      void* tag = nullptr;
      bool ok = false;
      while (queue_->Next(&tag, &ok)) {
      }
    }
  }

  std::expected<void, std::string> start() {
    raise_file_limit();
    grpc::EnableDefaultHealthCheckService(false);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(config_.listen, grpc::InsecureServerCredentials(), &port_);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMostMetadataBytes);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostStreamsPerConnection);
    builder.SetMaxReceiveMessageSize(kMostMessageBytes);
    builder.RegisterService(&bank_service_);
    builder.RegisterService(&operator_service_);
    builder.RegisterService(&replication_service_);
    standard_services_.register_with(builder);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    if (!server_ || port_ == 0) {
      return std::unexpected(fmt::format(
          "cannot listen on {}: the address is taken or not of this machine", config_.listen));
    }
    for (int i = 0; i < kPlacesPerKind; ++i) {
      expect_query();
      expect_deposit();
      expect_withdraw();
    }
    for (int i = 0; i < kPlacesForOperators; ++i) {
      expect_status();
      expect_seal();
    }
    expect_stream();
    standard_services_.start(*queue_);
    return {};
  }

  /// Ends all that is under way; false if that was not over in time. Nothing may begin on a queue
  /// that was shut down, and what ends may have to begin something, a stream its Finish: so this
  /// comes before the end of the queue.
  bool end() {
    drain();
    for (const auto& [id, call] : calls_) {
      if (!call->answered()) {
        call->turn_away();
      }
    }
    for (const auto& [link, stream] : streams_) {
      stream->close();
    }
    server_->Shutdown(gpr_inf_past(GPR_CLOCK_MONOTONIC));
    const gpr_timespec until = to_timespec(real_now() + kEndPatience);
    void* tag = nullptr;
    bool ok = false;
    while (anything_open()) {
      if (queue_->AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::GOT_EVENT) {
        return false;
      }
      if (tag != nullptr) {
        static_cast<Completion*>(tag)->done(ok);
      }
    }
    return true;
  }

  std::vector<Event> poll(Instant until) {
    void* tag = nullptr;
    bool ok = false;
    auto status = queue_->AsyncNext(&tag, &ok, to_timespec(until));
    for (int taken = 1; status == grpc::CompletionQueue::GOT_EVENT; ++taken) {
      if (tag != nullptr) {
        static_cast<Completion*>(tag)->done(ok);
      }
      if (taken == kMostPerTurn) {
        break;
      }
      status = queue_->AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC));
    }
    return std::exchange(events_, {});
  }

  void wake() {
    const std::scoped_lock lock(alarm_mutex_);
    alarm_.emplace();
    alarm_->Set(queue_.get(), gpr_inf_past(GPR_CLOCK_MONOTONIC), nullptr);
  }

  void answer(CallId id, const Said& said) {
    const auto call = calls_.find(id);
    if (call != calls_.end()) {
      call->second->answer(said, config_.bank);
    }
  }

  void send(const SendMessage& send) {
    if (const auto stream = streams_.find(send.link); stream != streams_.end()) {
      stream->second->send(send.envelope);
    }
  }

  void dial(BranchId peer) {
    const auto address = addresses_.find(peer);
    if (address == addresses_.end()) {
      events_.emplace_back(DialFailed{peer});
      wake();
      return;
    }
    auto& stub = stubs_[peer];
    if (!stub) {
      stub = v1::ReplicationService::NewStub(grpc::CreateCustomChannel(
          address->second, grpc::InsecureChannelCredentials(), channel_arguments()));
    }
    const LinkId link{++last_link_};
    streams_[link] = std::make_unique<DialedStream>(link, peer, *stub, *queue_, stream_events());
  }

  void close(LinkId link) {
    if (const auto stream = streams_.find(link); stream != streams_.end()) {
      stream->second->close();
    }
  }

  int port() const { return port_; }
  void set_peers(std::map<BranchId, std::string> addresses) { addresses_ = std::move(addresses); }
  void drain() {
    draining_ = true;
    standard_services_.stop_serving();
  }
  std::size_t calls_in_work() const { return calls_.size(); }

 private:
  template <class Service, class In, class Out>
  class Call;

  bool anything_open() const {
    return !streams_.empty() || unary_calls_ > 0 || standard_services_.open() > 0;
  }

  void expect_query();
  void expect_deposit();
  void expect_withdraw();
  void expect_status();
  void expect_seal();

  void expect_stream() {
    const LinkId link{++last_link_};
    streams_[link] = std::make_unique<AcceptedStream>(link, replication_service_, *queue_,
                                                      stream_events(), [this] { expect_stream(); });
  }

  StreamEvents stream_events() {
    return {&events_, [this](LinkId link) { streams_.erase(link); }};
  }

  /// A customer's call has arrived: it becomes an event, or is answered here when its form is
  /// wrong.
  void arrived(CallId id, UnaryCall& call, const grpc::ServerContext& context, const auto& in) {
    const wire::Decoded decoded = wire::decode(in);
    if (decoded.fault == wire::Fault::missing_header) {
      call.refuse(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "the request has no header.id"));
    } else if (draining_) {
      call.turn_away();
    } else if (decoded.fault) {
      call.answer(
          Answer{
              .outcome = Outcome::invalid_passbook, .balance = {}, .passbook = {}, .unreached = {}},
          config_.bank);
    } else {
      calls_[id] = &call;
      events_.emplace_back(Called{id, decoded.request, real_now() + remaining(context)});
    }
  }
  void arrived(CallId id, UnaryCall& call, const grpc::ServerContext&, const v1::StatusRequest&) {
    calls_[id] = &call;
    events_.emplace_back(OperatorCalled{id, StatusRequest{}});
  }
  void arrived(CallId id, UnaryCall& call, const grpc::ServerContext&, const v1::SealRequest& in) {
    auto request = wire::decode(in);
    if (!request) {
      call.refuse(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "this can't be sealed"));
      return;
    }
    calls_[id] = &call;
    events_.emplace_back(OperatorCalled{id, std::move(*request)});
  }

  Config config_;
  int port_ = 0;
  v1::BankService::AsyncService bank_service_;
  v1::OperatorService::AsyncService operator_service_;
  v1::ReplicationService::AsyncService replication_service_;
  StandardServices standard_services_{{v1::BankService::service_full_name(),
                                       v1::OperatorService::service_full_name(),
                                       v1::ReplicationService::service_full_name()}};
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::mutex alarm_mutex_;
  std::optional<grpc::Alarm> alarm_;

  std::map<BranchId, std::string> addresses_;
  std::map<BranchId, std::unique_ptr<v1::ReplicationService::Stub>> stubs_;
  std::map<LinkId, std::unique_ptr<Stream>> streams_;
  std::map<CallId, UnaryCall*> calls_;
  std::vector<Event> events_;
  std::uint64_t last_call_ = 0;
  std::uint64_t last_link_ = 0;
  int unary_calls_ = 0;  ///< also those that wait for a customer
  bool draining_ = false;
};

/// Destroys itself when it has been answered, or when the server ends.
template <class Service, class In, class Out>
class Transport::Impl::Call final : public UnaryCall {
 public:
  using Expect = void (Impl::*)();
  using Requester = void (Service::*)(grpc::ServerContext*, In*,
                                      grpc::ServerAsyncResponseWriter<Out>*, grpc::CompletionQueue*,
                                      grpc::ServerCompletionQueue*, void*);

  Call(Impl& transport, Service& service, Requester requester, Expect expect_another)
      : transport_(transport), expect_another_(expect_another), writer_(&context_) {
    ++transport.unary_calls_;
    auto* queue = transport.queue_.get();
    (service.*requester)(&context_, &in_, &writer_, queue, queue, static_cast<Completion*>(this));
  }

  ~Call() override {
    transport_.calls_.erase(id_);
    --transport_.unary_calls_;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void done(bool ok) override {
    if (!ok || answered_) {
      delete this;
      return;
    }
    (transport_.*expect_another_)();
    id_ = CallId{++transport_.last_call_};
    transport_.arrived(id_, *this, context_, in_);
  }

  void answer(const Said& said, BankId bank) override {
    put(said, bank, out_);
    answered_ = true;
    writer_.Finish(out_, grpc::Status::OK, static_cast<Completion*>(this));
  }

  bool answered() const override { return answered_; }

  void refuse(const grpc::Status& status) override {
    answered_ = true;
    writer_.FinishWithError(status, static_cast<Completion*>(this));
  }

 private:
  Impl& transport_;
  Expect expect_another_;
  grpc::ServerContext context_;
  In in_;
  Out out_;
  grpc::ServerAsyncResponseWriter<Out> writer_;
  CallId id_;
  bool answered_ = false;
};

void Transport::Impl::expect_query() {
  using Service = v1::BankService::AsyncService;
  new Call<Service, v1::QueryRequest, v1::QueryResponse>(
      *this, bank_service_, &Service::RequestQuery, &Impl::expect_query);
}

void Transport::Impl::expect_deposit() {
  using Service = v1::BankService::AsyncService;
  new Call<Service, v1::DepositRequest, v1::DepositResponse>(
      *this, bank_service_, &Service::RequestDeposit, &Impl::expect_deposit);
}

void Transport::Impl::expect_withdraw() {
  using Service = v1::BankService::AsyncService;
  new Call<Service, v1::WithdrawRequest, v1::WithdrawResponse>(
      *this, bank_service_, &Service::RequestWithdraw, &Impl::expect_withdraw);
}

void Transport::Impl::expect_status() {
  using Service = v1::OperatorService::AsyncService;
  new Call<Service, v1::StatusRequest, v1::StatusResponse>(
      *this, operator_service_, &Service::RequestStatus, &Impl::expect_status);
}

void Transport::Impl::expect_seal() {
  using Service = v1::OperatorService::AsyncService;
  new Call<Service, v1::SealRequest, v1::SealResponse>(*this, operator_service_,
                                                       &Service::RequestSeal, &Impl::expect_seal);
}

std::expected<std::unique_ptr<Transport>, std::string> Transport::start(const Config& config) {
  auto impl = std::make_unique<Impl>(config);
  if (auto started = impl->start(); !started) {
    return std::unexpected(started.error());
  }
  return std::unique_ptr<Transport>(new Transport(std::move(impl)));
}

Transport::Transport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Transport::~Transport() {
  if (!impl_->end()) {
    std::ignore = impl_.release();  // it is still being used, until the process ends
  }
}

int Transport::port() const { return impl_->port(); }
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
void Transport::drain() { impl_->drain(); }
std::size_t Transport::calls_in_work() const { return impl_->calls_in_work(); }

}  // namespace passbook
