// SPDX-License-Identifier: Apache-2.0
#include "rpc/transport.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <thread>

#include "grpc/health/v1/health.grpc.pb.h"
#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "passbook/v1/bank.grpc.pb.h"
#include "passbook/v1/operator.grpc.pb.h"
#include "passbook/v1/replication.grpc.pb.h"
#include "rpc/bank_client.h"
#include "rpc/clock.h"
#include "rpc/operator_client.h"

namespace passbook {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr BankId kBank{7};
const std::map<Audience, std::string> kEverywhere{{Audience::customers, "127.0.0.1:0"},
                                                  {Audience::peers, "127.0.0.1:0"},
                                                  {Audience::operators, "127.0.0.1:0"}};

/// A transport run by a thread of its own, which answers all callers and keeps the events.
class Served {
 public:
  explicit Served(const std::map<Audience, std::string>& listen = kEverywhere) {
    auto started = Transport::start({.listen = listen, .bank = kBank, .branches = {BranchId{1}}});
    EXPECT_TRUE(started) << (started ? "" : started.error());
    transport_ = std::move(*started);
    addresses_ = transport_->addresses();
    thread_ = std::thread([this] { turn(); });
  }
  ~Served() { end(); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  /// Stops, and returns all events so far.
  const std::vector<Event>& end() {
    if (thread_.joinable()) {
      over_ = true;
      transport_->wake();
      thread_.join();
      transport_.reset();
    }
    return events_;
  }

  const std::string& at(Audience audience) const { return addresses_.at(audience); }

 private:
  void turn() {
    while (!over_) {
      for (const Event& event : transport_->poll(kNever)) {
        std::visit([this](const auto& happened) { answer(happened); }, event);
        events_.push_back(event);
      }
    }
  }

  void answer(const Called& called) {
    transport_->answer(AnswerCall{
        called.call,
        {.outcome = Outcome::ok, .balance = Money{500}, .passbook = {}, .unreached = {}}});
  }
  void answer(const OperatorCalled& called) {
    if (std::holds_alternative<StatusRequest>(called.request)) {
      transport_->answer(AnswerOperator{called.call, Status{}});
    } else {
      transport_->answer(AnswerOperator{called.call, SealReply{}});
    }
  }
  void answer(const auto&) {}

  std::unique_ptr<Transport> transport_;
  std::map<Audience, std::string> addresses_;
  std::vector<Event> events_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

std::shared_ptr<grpc::Channel> channel_to(const std::string& address) {
  return grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
}

grpc::Status query(const std::string& address) {
  v1::QueryRequest request;
  request.set_account(1);
  auto& id = *request.mutable_header()->mutable_id();
  id.set_branch(1);
  id.set_customer(9);
  id.set_session(1);
  id.set_number(1);
  v1::QueryResponse response;
  grpc::ClientContext context;
  return v1::BankService::NewStub(channel_to(address))->Query(&context, request, &response);
}

grpc::Status seal(const std::string& address) {
  v1::SealRequest request;
  request.set_bank(kBank.value);
  request.set_branch(2);
  v1::SealResponse response;
  grpc::ClientContext context;
  return v1::OperatorService::NewStub(channel_to(address))->Seal(&context, request, &response);
}

/// Opens a stream and ends it cleanly.
grpc::Status propagate(const std::string& address) {
  grpc::ClientContext context;
  const auto stub = v1::ReplicationService::NewStub(channel_to(address));
  const auto stream = stub->Propagate(&context);
  stream->WritesDone();
  v1::PropagateResponse response;
  while (stream->Read(&response)) {
  }
  return stream->Finish();
}

grpc::Status call(Audience whose, const std::string& address) {
  switch (whose) {
    case Audience::customers:
      return query(address);
    case Audience::peers:
      return propagate(address);
    case Audience::operators:
      return seal(address);
  }
  return {};
}

/// A stream that its peer has ended ends as a cancelled one.
bool is_served(const grpc::Status& status) {
  return status.ok() || status.error_code() == grpc::StatusCode::CANCELLED;
}

bool healthy(const std::string& address, std::string_view service) {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(std::string(service));
  grpc::health::v1::HealthCheckResponse response;
  grpc::ClientContext context;
  const auto stub = grpc::health::v1::Health::NewStub(channel_to(address));
  return stub->Check(&context, request, &response).ok() &&
         response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
}

grpc::reflection::v1::ServerReflectionResponse reflect(
    const std::string& address, const grpc::reflection::v1::ServerReflectionRequest& request) {
  grpc::reflection::v1::ServerReflectionResponse response;
  grpc::ClientContext context;
  const auto stub = grpc::reflection::v1::ServerReflection::NewStub(channel_to(address));
  const auto stream = stub->ServerReflectionInfo(&context);
  stream->Write(request);
  stream->Read(&response);
  stream->WritesDone();
  stream->Finish();
  return response;
}

/// The services of this project that reflection lists.
std::vector<std::string> listed(const std::string& address) {
  grpc::reflection::v1::ServerReflectionRequest request;
  request.set_list_services("*");
  std::vector<std::string> out;
  const auto response = reflect(address, request);
  for (const auto& service : response.list_services_response().service()) {
    if (service.name().starts_with("passbook.")) {
      out.push_back(service.name());
    }
  }
  return out;
}

bool described(const std::string& address, const std::string& symbol) {
  grpc::reflection::v1::ServerReflectionRequest request;
  request.set_file_containing_symbol(symbol);
  return reflect(address, request).has_file_descriptor_response();
}

TEST(Transport, ServesEachAudienceAtItsOwnListener) {
  Served served;
  for (const Audience audience : kAudiences) {
    EXPECT_TRUE(is_served(call(audience, served.at(audience)))) << name_of(audience);
  }
  std::vector<Event> events = served.end();
  // The stream ends before the operator's call, after it, or too late to be seen.
  std::erase_if(events, [](const Event& e) { return std::holds_alternative<LinkDown>(e); });
  ASSERT_EQ(events.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<Called>(events[0]));
  EXPECT_TRUE(std::holds_alternative<LinkUp>(events[1]));
  EXPECT_TRUE(std::holds_alternative<OperatorCalled>(events[2]));
}

TEST(Transport, TellsWhoComesToAWrongListenerWhichOneIsNeeded) {
  Served served;
  for (const Audience here : kAudiences) {
    for (const Audience caller : kAudiences) {
      if (here == caller) {
        continue;
      }
      const grpc::Status told = call(caller, served.at(here));
      EXPECT_EQ(told.error_code(), grpc::StatusCode::UNIMPLEMENTED);
      EXPECT_THAT(
          told.error_message(),
          HasSubstr(fmt::format("this address serves {}; {} must use the address given by --listen",
                                name_of(here), name_of(caller))));
    }
  }
  EXPECT_TRUE(served.end().empty()) << "what came to a wrong listener became an event";
}

TEST(Transport, TellsOperatorsOfAWrongListenerInWords) {
  Served served;
  const auto told = OperatorClient(served.at(Audience::customers)).status(std::chrono::seconds(5));
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error(),
            "serves customers; operators must use the address given by --listen-operators");
}

/// Makes a deposit at branch 1, which is said to be at this address.
std::expected<Customer::Answered, Customer::Failed> deposit_at(const std::string& address) {
  BankClient client({{BranchId{1}, address}});
  return client.call({.branch = BranchId{1},
                      .request = {.id = {{BranchId{1}}, {CustomerId{7}, 1}, 1},
                                  .operation = Deposit{AccountId{1}, Money{5}},
                                  .passbook = {},
                                  .bank = {},
                                  .guarantees = {},
                                  .ack = AckLevel::local},
                      .deadline = real_now() + std::chrono::seconds(5)});
}

TEST(Transport, TellsCustomersOfAWrongListenerThatNothingCameOfTheirCall) {
  Served served;
  for (const Audience here : {Audience::peers, Audience::operators}) {
    const auto told = deposit_at(served.at(here));
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().why,
              fmt::format("{} serves {}; customers must use the address given by --listen",
                          served.at(here), name_of(here)));
    EXPECT_TRUE(told.error().final);
    EXPECT_TRUE(told.error().no_effect);
  }
}

TEST(Transport, SaysOfAnAddressThatIsNoBranchsWhatIsKnown) {
  EXPECT_EQ(explain_unserved("", Audience::customers), "does not serve customers of a bank");
  EXPECT_EQ(explain_unserved("no such method", Audience::operators),
            "does not serve operators of a bank: no such method");
}

TEST(Transport, ShowsByReflectionWhatAListenerServes) {
  Served served;
  for (const Audience here : kAudiences) {
    EXPECT_THAT(listed(served.at(here)), ElementsAre(service_of(here)));
    for (const Audience other : kAudiences) {
      EXPECT_EQ(described(served.at(here), std::string(service_of(other))), here == other);
    }
    EXPECT_TRUE(described(served.at(here), "grpc.health.v1.Health.Check"));
  }
  EXPECT_FALSE(described(served.at(Audience::customers), "passbook.v1.OperatorService.Seal"));
  EXPECT_FALSE(described(served.at(Audience::customers), "passbook.v1.SealRequest"));
  EXPECT_FALSE(described(served.at(Audience::customers), "passbook.v1.Hello"));
  EXPECT_TRUE(described(served.at(Audience::peers), "passbook.v1.Hello"));
}

/// Dials an address as that of branch 2. Returns why that failed, at once or after it was opened.
std::string why_not_reached(const std::string& address) {
  auto transport = Transport::start({.listen = {}, .bank = kBank, .branches = {}});
  (*transport)->set_peers({{BranchId{2}, address}});
  (*transport)->dial(BranchId{2});
  while (true) {
    for (const Event& event : (*transport)->poll(kNever)) {
      if (const auto* failed = std::get_if<DialFailed>(&event)) {
        return "dial failed: " + failed->why;
      }
      if (const auto* down = std::get_if<LinkDown>(&event)) {
        return "link down: " + down->why;
      }
    }
  }
}

TEST(Transport, SaysWhyAPeerCanNotBeReached) {
  Served served;
  EXPECT_EQ(why_not_reached(served.at(Audience::customers)),
            "link down: this address serves customers; peers must use the address given by "
            "--listen-peers");
  const std::string gone = served.at(Audience::peers);
  served.end();
  EXPECT_THAT(why_not_reached(gone), testing::MatchesRegex("dial failed: .*Connection refused"));
}

TEST(Transport, IsHealthyAtEachListener) {
  Served served;
  for (const Audience here : kAudiences) {
    EXPECT_TRUE(healthy(served.at(here), ""));
    for (const Audience other : kAudiences) {
      EXPECT_EQ(healthy(served.at(here), service_of(other)), here == other);
    }
  }
}

TEST(Transport, NeedsNoListenerForAnAudienceThatIsNotServed) {
  Served served({{Audience::operators, "127.0.0.1:0"}});
  EXPECT_TRUE(seal(served.at(Audience::operators)).ok());
  EXPECT_THAT(query(served.at(Audience::operators)).error_message(),
              HasSubstr("this address serves operators; customers must"));
}

TEST(Transport, SaysWhichAddressCanNotBeListenedOn) {
  Served served;
  for (const Audience audience : kAudiences) {
    auto listen = kEverywhere;
    listen[audience] = served.at(Audience::peers);
    const auto second =
        Transport::start({.listen = listen, .bank = kBank, .branches = {BranchId{1}}});
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error(), HasSubstr(fmt::format("cannot listen on {}: the address is in use",
                                                      served.at(Audience::peers))));
  }
}

/// Many calls at all listeners at once: all of them are served by one thread from one queue.
TEST(Transport, ServesAllListenersAtOnce) {
  Served served;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> callers;
  for (const Audience audience : kAudiences) {
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&, audience] {
        for (int i = 0; i < 50; ++i) {
          wrong += is_served(call(audience, served.at(audience))) ? 0 : 1;
        }
      });
    }
  }
  for (std::thread& caller : callers) {
    caller.join();
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace passbook
