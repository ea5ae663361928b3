// Walks through a list page by page.
#ifndef AFTERSALES_PAGES_H_
#define AFTERSALES_PAGES_H_

#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace aftersales {

// The entries of a list, fetched a page at a time while a loop goes over them:
//
//   for (absl::StatusOr<v1::Case>& item : client.cases().ListCasesAll(request)) {
//     if (!item.ok()) return item.status();
//     Use(*item);
//   }
//
// A failure is the last entry. Each begin() starts a new walk. Used by one thread at a time.
template <typename Item>
class PageRange {
 public:
  struct Page {
    std::vector<Item> items;
    std::string next_page_token;
  };
  // Fetches the page that belongs to a token; the first one's is empty.
  using Fetch = std::function<absl::StatusOr<Page>(const std::string& page_token)>;

  explicit PageRange(Fetch fetch) : fetch_(std::move(fetch)) {}

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = absl::StatusOr<Item>;
    using difference_type = std::ptrdiff_t;
    using pointer = value_type*;
    using reference = value_type&;

    Iterator() = default;
    explicit Iterator(Fetch fetch) : walk_(std::make_shared<Walk>(std::move(fetch))) { ++*this; }

    reference operator*() const { return walk_->current; }
    pointer operator->() const { return &walk_->current; }
    Iterator& operator++() {
      if (!walk_->Advance()) walk_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.walk_ == b.walk_; }
    friend bool operator!=(const Iterator& a, const Iterator& b) { return a.walk_ != b.walk_; }

   private:
    struct Walk {
      explicit Walk(Fetch fetch) : fetch(std::move(fetch)) {}

      bool Advance() {
        while (next >= page.items.size()) {
          if (last) return false;
          FetchPage();
          if (!current.ok()) return true;
        }
        current = std::move(page.items[next++]);
        return true;
      }

      // Leaves `current` OK, or an error that ends the walk.
      void FetchPage() {
        const std::string token = page.next_page_token;
        absl::StatusOr<Page> fetched = fetch(token);
        next = 0;
        if (!fetched.ok()) {
          page.items.clear();
          last = true;
          current = fetched.status();
          return;
        }
        page = *std::move(fetched);
        last = page.next_page_token.empty();
        current = Item();
        if (!last && page.next_page_token == token) {
          page.items.clear();
          last = true;
          current = absl::InternalError("the server sent the same page token twice; the list would never end");
        }
      }

      Fetch fetch;
      Page page;
      size_t next = 0;
      bool last = false;
      absl::StatusOr<Item> current = Item();
    };

    std::shared_ptr<Walk> walk_;
  };

  Iterator begin() const { return Iterator(fetch_); }
  Iterator end() const { return Iterator(); }

 private:
  Fetch fetch_;
};

}  // namespace aftersales

#endif  // AFTERSALES_PAGES_H_
