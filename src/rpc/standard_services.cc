// SPDX-License-Identifier: Apache-2.0
#include "rpc/standard_services.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>

namespace passbook {
namespace {

namespace health = grpc::health::v1;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::ServiceDescriptor;

/// Adds a file and, before it, all its imports.
void add_file(const FileDescriptor& file, std::set<std::string>& added, auto& out) {
  if (!added.insert(file.name()).second) {
    return;
  }
  for (int i = 0; i < file.dependency_count(); ++i) {
    add_file(*file.dependency(i), added, out);
  }
  google::protobuf::FileDescriptorProto proto;
  file.CopyTo(&proto);
  out.add_file_descriptor_proto(proto.SerializeAsString());
}

bool imports(const FileDescriptor& file, const FileDescriptor& other) {
  if (&file == &other) {
    return true;
  }
  for (int i = 0; i < file.dependency_count(); ++i) {
    if (imports(*file.dependency(i), other)) {
      return true;
    }
  }
  return false;
}

/// The file, if one of the services needs it, else null.
const FileDescriptor* needed(const FileDescriptor* file, const std::vector<std::string>& served) {
  const bool any = file != nullptr && std::ranges::any_of(served, [&](const std::string& name) {
                     const auto* service =
                         DescriptorPool::generated_pool()->FindServiceByName(name);
                     return service != nullptr && imports(*service->file(), *file);
                   });
  return any ? file : nullptr;
}

/// The file that declares a symbol, or null. A file may declare services that are not served.
const FileDescriptor* file_of(const std::string& symbol, const std::vector<std::string>& served) {
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  const ServiceDescriptor* service = pool.FindServiceByName(symbol);
  if (const auto* method = pool.FindMethodByName(symbol)) {
    service = method->service();
  }
  if (service != nullptr && std::ranges::find(served, service->full_name()) == served.end()) {
    return nullptr;
  }
  return needed(pool.FindFileContainingSymbol(symbol), served);
}

/// The answer to one question about the services; `Request` and `Response` of either version.
template <class Request, class Response>
Response reflect(const Request& request, const std::vector<std::string>& served) {
  Response out;
  out.set_valid_host(request.host());
  *out.mutable_original_request() = request;
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  const FileDescriptor* file = nullptr;
  switch (request.message_request_case()) {
    case Request::kListServices:
      for (const std::string& name : served) {
        out.mutable_list_services_response()->add_service()->set_name(name);
      }
      return out;
    case Request::kFileByFilename:
      file = needed(pool.FindFileByName(request.file_by_filename()), served);
      break;
    case Request::kFileContainingSymbol:
      file = file_of(request.file_containing_symbol(), served);
      break;
    default:  // extensions: there are none
      break;
  }
  if (file == nullptr) {
    out.mutable_error_response()->set_error_code(grpc::StatusCode::NOT_FOUND);
    out.mutable_error_response()->set_error_message("not found");
    return out;
  }
  std::set<std::string> added;
  add_file(*file, added, *out.mutable_file_descriptor_response());
  return out;
}

}  // namespace

/// Both versions of reflection are the same except for their names.
struct StandardServices::V1 {
  using Service = grpc::reflection::v1::ServerReflection::AsyncService;
  using Request = grpc::reflection::v1::ServerReflectionRequest;
  using Response = grpc::reflection::v1::ServerReflectionResponse;
  static Service& service(StandardServices& all) { return all.reflection_v1_; }
};
struct StandardServices::V1Alpha {
  using Service = grpc::reflection::v1alpha::ServerReflection::AsyncService;
  using Request = grpc::reflection::v1alpha::ServerReflectionRequest;
  using Response = grpc::reflection::v1alpha::ServerReflectionResponse;
  static Service& service(StandardServices& all) { return all.reflection_v1alpha_; }
};

class StandardServices::Open {
 public:
  explicit Open(StandardServices& all) : all_(all) { ++all_.open_; }
  ~Open() { --all_.open_; }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;

 private:
  StandardServices& all_;
};

/// One health check. It destroys itself when it is over, like the others here.
class StandardServices::Check final {
 public:
  explicit Check(StandardServices& all) : all_(all), writer_(&context_) {
    all.health_service_.RequestCheck(&context_, &request_, &writer_, all.queue_, all.queue_,
                                     &on_asked_);
  }

 private:
  void asked(bool ok) {
    if (!ok) {
      delete this;
      return;
    }
    new Check(all_);
    if (all_.knows(request_.service())) {
      writer_.Finish(all_.health(), grpc::Status::OK, &on_answered_);
    } else {
      writer_.FinishWithError({grpc::StatusCode::NOT_FOUND, "unknown service"}, &on_answered_);
    }
  }

  void answered(bool) { delete this; }

  StandardServices& all_;
  Open open_{all_};
  grpc::ServerContext context_;
  health::HealthCheckRequest request_;
  grpc::ServerAsyncResponseWriter<health::HealthCheckResponse> writer_;
  Step<Check> on_asked_{*this, &Check::asked};
  Step<Check> on_answered_{*this, &Check::answered};
};

/// A caller that watches the health. It is told at once and at each change.
class StandardServices::Watch final {
 public:
  explicit Watch(StandardServices& all) : all_(all), writer_(&context_) {
    context_.AsyncNotifyWhenDone(&on_gone_);
    all.health_service_.RequestWatch(&context_, &request_, &writer_, all.queue_, all.queue_,
                                     &on_asked_);
  }

  void tell() {
    if (writing_ || gone_) {
      again_ = true;
      return;
    }
    writing_ = true;
    health::HealthCheckResponse response = all_.health();
    if (!all_.knows(request_.service())) {
      response.set_status(health::HealthCheckResponse::SERVICE_UNKNOWN);
    }
    writer_.Write(response, &on_written_);
  }

 private:
  void asked(bool ok) {
    if (!ok) {  // the call never began, so on_gone_ does not come
      delete this;
      return;
    }
    new Watch(all_);
    all_.watches_.insert(this);
    tell();
  }

  void written(bool ok) {
    writing_ = false;
    if (gone_) {
      finish();
    } else if (ok && std::exchange(again_, false)) {
      tell();
    }
  }

  void gone(bool) {
    gone_ = true;
    all_.watches_.erase(this);
    if (!writing_) {
      finish();
    }
  }

  void finish() { writer_.Finish(grpc::Status::CANCELLED, &on_finished_); }
  void finished(bool) { delete this; }

  StandardServices& all_;
  Open open_{all_};
  grpc::ServerContext context_;
  health::HealthCheckRequest request_;
  grpc::ServerAsyncWriter<health::HealthCheckResponse> writer_;
  Step<Watch> on_asked_{*this, &Watch::asked};
  Step<Watch> on_written_{*this, &Watch::written};
  Step<Watch> on_gone_{*this, &Watch::gone};
  Step<Watch> on_finished_{*this, &Watch::finished};
  bool writing_ = false;
  bool again_ = false;
  bool gone_ = false;
};

/// One stream of questions. Each is answered before the next is read.
template <class Api>
class StandardServices::Reflection final {
 public:
  explicit Reflection(StandardServices& all) : all_(all), stream_(&context_) {
    Api::service(all).RequestServerReflectionInfo(&context_, &stream_, all.queue_, all.queue_,
                                                  &on_opened_);
  }

 private:
  void opened(bool ok) {
    if (!ok) {
      delete this;
      return;
    }
    new Reflection(all_);
    stream_.Read(&request_, &on_read_);
  }

  void read(bool ok) {
    if (!ok) {
      stream_.Finish(grpc::Status::OK, &on_finished_);
      return;
    }
    stream_.Write(reflect<typename Api::Request, typename Api::Response>(request_, all_.served_),
                  &on_written_);
  }

  void written(bool ok) {
    if (ok) {
      stream_.Read(&request_, &on_read_);
    } else {
      stream_.Finish(grpc::Status::CANCELLED, &on_finished_);
    }
  }

  void finished(bool) { delete this; }

  StandardServices& all_;
  Open open_{all_};
  grpc::ServerContext context_;
  typename Api::Request request_;
  grpc::ServerAsyncReaderWriter<typename Api::Response, typename Api::Request> stream_;
  Step<Reflection> on_opened_{*this, &Reflection::opened};
  Step<Reflection> on_read_{*this, &Reflection::read};
  Step<Reflection> on_written_{*this, &Reflection::written};
  Step<Reflection> on_finished_{*this, &Reflection::finished};
};

StandardServices::~StandardServices() = default;

void StandardServices::register_with(grpc::ServerBuilder& builder) {
  builder.RegisterService(&health_service_);
  builder.RegisterService(&reflection_v1_);
  builder.RegisterService(&reflection_v1alpha_);
  for (const char* name : {health::Health::service_full_name(),
                           grpc::reflection::v1::ServerReflection::service_full_name(),
                           grpc::reflection::v1alpha::ServerReflection::service_full_name()}) {
    served_.emplace_back(name);
  }
}

void StandardServices::start(grpc::ServerCompletionQueue& queue) {
  queue_ = &queue;
  new Check(*this);
  new Watch(*this);
  new Reflection<V1>(*this);
  new Reflection<V1Alpha>(*this);
}

void StandardServices::stop_serving() {
  serving_ = false;
  for (Watch* watch : watches_) {
    watch->tell();
  }
}

bool StandardServices::knows(const std::string& service) const {
  return service.empty() || std::ranges::find(served_, service) != served_.end();
}

health::HealthCheckResponse StandardServices::health() const {
  health::HealthCheckResponse out;
  out.set_status(serving_ ? health::HealthCheckResponse::SERVING
                          : health::HealthCheckResponse::NOT_SERVING);
  return out;
}

}  // namespace passbook
