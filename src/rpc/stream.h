// SPDX-License-Identifier: Apache-2.0
// One end of a Propagate stream, dialed or accepted.
#pragma once

#include <grpcpp/grpcpp.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "branch/step.h"
#include "passbook/v1/replication.grpc.pb.h"
#include "rpc/completion.h"
#include "wire/codec.h"

namespace passbook {

inline constexpr const char* kClosedByPeer = "closed by the peer";

/// Why a stream that this branch opened has ended, for people.
std::string text_of(const grpc::Status& status);

/// How a stream reports to its owner.
struct StreamEvents {
  std::vector<Event>* events;
  std::function<void(LinkId)> ended;  ///< the stream has destroyed itself
};

/// A stream that always reads, and writes one gRPC message at a time: everything queued while one
/// is under way leaves together in the next. It destroys itself once it has broken and none of its
/// operations is under way.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual void send(const Envelope& envelope) = 0;
  /// Breaks the stream. LinkDown follows.
  virtual void close() = 0;
};

/// `Rpc` is a ServerAsyncReaderWriter or a ClientAsyncReaderWriter; `Context` its context.
template <class Rpc, class Context, class In, class Out>
class StreamOver : public Stream {
 public:
  StreamOver(LinkId link, StreamEvents out) : link_(link), out_(std::move(out)) {}

  void send(const Envelope& envelope) override {
    if (closed_) {
      return;
    }
    if (queue_.empty() || queue_.back().messages_size() >= kMostMessagesTogether ||
        queued_bytes_ >= kMostBytesTogether) {
      queue_.emplace_back();
      queued_bytes_ = 0;
    }
    v1::PeerMessage& made = *queue_.back().add_messages();
    wire::encode(envelope, made);
    queued_bytes_ += made.ByteSizeLong();
    write_next();
  }

  void close() override {
    closed_ = true;
    context_.TryCancel();
  }

 protected:
  /// A batch of entries is smaller than this, so no message exceeds twice this.
  static constexpr std::size_t kMostBytesTogether = 1 << 20;
  static constexpr int kMostMessagesTogether = 1024;

  void opened(std::optional<BranchId> dialed) {
    out_.events->emplace_back(LinkUp{link_, dialed});
    read_next();
  }

  void read_next() {
    ++under_way_;
    rpc_->Read(&incoming_, &on_read_);
  }

  void write_next() {
    if (writing_ || queue_.empty() || closed_) {
      return;
    }
    writing_ = true;
    ++under_way_;
    outgoing_ = std::move(queue_.front());
    queue_.pop_front();
    rpc_->Write(outgoing_, &on_written_);
  }

  void read(bool ok) {
    --under_way_;
    if (!ok) {
      broke();
      return;
    }
    for (const v1::PeerMessage& message : incoming_.messages()) {
      auto decoded = wire::decode(message);
      if (!decoded) {
        close();
        break;
      }
      out_.events->emplace_back(Received{link_, std::move(*decoded)});
    }
    read_next();
  }

  void written(bool ok) {
    --under_way_;
    writing_ = false;
    if (!ok) {
      broke();
      return;
    }
    write_next();
    end_if_idle();
  }

  /// Both sides call Finish once after a failed read or write, to learn why.
  void broke() {
    closed_ = true;
    if (!std::exchange(finishing_, true)) {
      ++under_way_;
      finish();
    }
    end_if_idle();
  }

  void finished(bool) {
    --under_way_;
    out_.events->push_back(ended());
    end_if_idle();
  }

  virtual void finish() = 0;
  /// The event that reports the end.
  virtual Event ended() const = 0;
  bool writing() const { return writing_; }

  void end_if_idle() {
    if (finishing_ && under_way_ == 0) {
      end();
    }
  }

  void end() {
    const auto ended = std::move(out_.ended);
    ended(link_);  // destroys this
  }

  LinkId link_;
  StreamEvents out_;
  Context context_;
  std::unique_ptr<Rpc> rpc_;
  Step<StreamOver> on_finished_{*this, &StreamOver::finished};
  int under_way_ = 0;
  bool finishing_ = false;

 private:
  Step<StreamOver> on_read_{*this, &StreamOver::read};
  Step<StreamOver> on_written_{*this, &StreamOver::written};
  In incoming_;
  Out outgoing_;
  std::deque<Out> queue_;
  std::size_t queued_bytes_ = 0;
  bool writing_ = false;
  bool closed_ = false;
};

/// A stream that this branch opens.
class DialedStream final
    : public StreamOver<grpc::ClientAsyncReaderWriter<v1::PropagateRequest, v1::PropagateResponse>,
                        grpc::ClientContext, v1::PropagateResponse, v1::PropagateRequest> {
 public:
  DialedStream(LinkId link, BranchId peer, v1::ReplicationService::Stub& stub,
               grpc::CompletionQueue& queue, StreamEvents out)
      : StreamOver(link, std::move(out)), peer_(peer) {
    rpc_ = stub.PrepareAsyncPropagate(&context_, &queue);
    ++under_way_;
    rpc_->StartCall(&on_started_);
  }

 private:
  void started(bool ok) {
    --under_way_;
    open_ = ok;
    if (ok) {
      opened(peer_);
    } else {
      broke();
    }
  }

  void finish() override { rpc_->Finish(&status_, &on_finished_); }

  Event ended() const override {
    const std::string why = text_of(status_);
    return open_ ? Event(LinkDown{link_, why}) : Event(DialFailed{peer_, why});
  }

  BranchId peer_;
  bool open_ = false;
  grpc::Status status_;
  Step<DialedStream> on_started_{*this, &DialedStream::started};
};

/// A stream that a peer opens. Until then it waits for a peer.
class AcceptedStream final
    : public StreamOver<grpc::ServerAsyncReaderWriter<v1::PropagateResponse, v1::PropagateRequest>,
                        grpc::ServerContext, v1::PropagateRequest, v1::PropagateResponse> {
 public:
  AcceptedStream(LinkId link, v1::ReplicationService::AsyncService& service,
                 grpc::ServerCompletionQueue& queue, StreamEvents out,
                 std::function<void()> accepted)
      : StreamOver(link, std::move(out)), accepted_(std::move(accepted)) {
    rpc_ = std::make_unique<
        grpc::ServerAsyncReaderWriter<v1::PropagateResponse, v1::PropagateRequest>>(&context_);
    ++under_way_;
    service.RequestPropagate(&context_, rpc_.get(), &queue, &queue, &on_started_);
  }

  /// While it waits there is no call to cancel, and it ends with the server.
  void close() override {
    if (started_) {
      StreamOver::close();
    }
  }

 private:
  void started(bool ok) {
    --under_way_;
    if (!ok) {  // the server ends
      end();
      return;
    }
    started_ = true;
    accepted_();
    opened(std::nullopt);
  }

  /// This side can't tell why the stream broke: the peer may have ended it, gone away, or sent an
  /// invalid message. A peer that no longer reads must not hold up a write under way.
  void finish() override {
    if (writing()) {
      context_.TryCancel();
    }
    rpc_->Finish({grpc::StatusCode::CANCELLED, "the stream has ended"}, &on_finished_);
  }

  Event ended() const override { return LinkDown{link_, kClosedByPeer}; }

  std::function<void()> accepted_;
  bool started_ = false;
  Step<AcceptedStream> on_started_{*this, &AcceptedStream::started};
};

}  // namespace passbook
