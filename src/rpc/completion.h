// SPDX-License-Identifier: Apache-2.0
// The tags of a completion queue.
#pragma once

namespace passbook {

/// Called when an operation has ended. Every completion-queue tag is a `Completion*`, or null for a
/// wake-up.
class Completion {
 public:
  virtual ~Completion() = default;
  /// `ok` is as gRPC documents it for the operation.
  virtual void done(bool ok) = 0;
};

/// A completion that calls a member of its owner.
template <class Owner>
class Step final : public Completion {
 public:
  Step(Owner& owner, void (Owner::*member)(bool)) : owner_(owner), member_(member) {}
  void done(bool ok) override { (owner_.*member_)(ok); }

 private:
  Owner& owner_;
  void (Owner::*member_)(bool);
};

}  // namespace passbook
