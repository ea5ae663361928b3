// CaseService: the documents of a case's file.
#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/base/text.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_service.h"
#include "server/cases/case_store.h"

namespace aftersales {

absl::Status CaseService::SettleKind(Tx& tx, const v1::Case& service_case, v1::Document& document) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack,
                   obligations_.Version(tx, service_case.policy_version()));
  const std::set<std::string> kinds = policy::DocumentKinds(*pack);
  document.set_unknown_kind(!kinds.empty() && kinds.count(document.kind()) == 0);
  if (!document.unknown_kind()) return absl::OkStatus();
  const std::string near = DidYouMean(document.kind(), {kinds.begin(), kinds.end()});
  if (near.empty()) return absl::OkStatus();
  return FieldError("document.kind", absl::StrCat("\"", document.kind(), "\" is no kind of document of ", pack->title,
                                                  near, " It has ", absl::StrJoin(kinds, ", ")));
}

absl::StatusOr<v1::Document> CaseService::CreateDocument(Call& call, const v1::CreateDocumentRequest& request) {
  return db_.Write<v1::Document>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Document> {
    ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, request.parent()));
    RETURN_IF_ERROR(TakeStep(CaseStep::kFile, service_case));
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(service_case), "create-document", ""));
    const std::string& visit = request.document().visit();
    if (!visit.empty() && CaseOfVisit(tx, visit) != service_case.name()) {
      return ReferenceError(
          "document.visit", visit,
          absl::StrCat("is no visit of ", service_case.name(), "; name one of its own, or leave it empty"));
    }
    RETURN_IF_ERROR(Cases().Update(tx, service_case));
    v1::Document document = request.document();
    document.set_name(absl::StrCat(service_case.name(), "/documents/", tx.NewId()));
    document.set_service_case(service_case.name());
    document.set_filed_by(call.caller.principal);
    RETURN_IF_ERROR(SettleKind(tx, service_case, document));
    RETURN_IF_ERROR(Documents().Insert(tx, document));
    v1::Event event = EventOf(v1::EVENT_TYPE_DOCUMENT_FILED);
    event.set_subject(document.name());
    (*event.mutable_facts())["document"] = document.kind();
    *event.mutable_document() = document;
    RETURN_IF_ERROR(obligations_.Record(tx, RootOf(service_case), std::move(event)));
    return document;
  });
}

absl::StatusOr<v1::Document> CaseService::GetDocument(Call& call, const v1::GetDocumentRequest& request) {
  return db_.Read<v1::Document>(call, [&](Reader& reader) { return Documents().Get(reader, request.name()); });
}

absl::StatusOr<v1::ListDocumentsResponse> CaseService::ListDocuments(Call& call,
                                                                     const v1::ListDocumentsRequest& request) {
  ListQuery query;
  query.where.push_back({"service_case", "=", request.parent()});
  query.order.push_back({"create_time"});
  return db_.Read<v1::ListDocumentsResponse>(call, [&](Reader& reader) -> absl::StatusOr<v1::ListDocumentsResponse> {
    v1::ListDocumentsResponse response;
    RETURN_IF_ERROR(Cases().Get(reader, request.parent()).status());
    RETURN_IF_ERROR(Documents().List(reader, query, request, &response));
    return response;
  });
}

absl::StatusOr<v1::Document> CaseService::VoidDocument(Call& call, const v1::VoidDocumentRequest& request) {
  return db_.Write<v1::Document>(call, request, [&](Tx& tx) -> absl::StatusOr<v1::Document> {
    ASSIGN_OR_RETURN(v1::Case service_case, Cases().Lock(tx, ParentOf(request.name())));
    RETURN_IF_ERROR(TakeStep(CaseStep::kFile, service_case));
    ASSIGN_OR_RETURN(v1::Document document, Documents().Lock(tx, request.name(), request.etag()));
    if (document.has_void_time()) {
      return StateError(document.name(), absl::StrCat("void (declared by ", document.voided_by(), ")"),
                        "declared void again", {"valid"});
    }
    RETURN_IF_ERROR(obligations_.CheckStep(tx, RootOf(service_case), "void-document", document.name()));
    RETURN_IF_ERROR(Cases().Update(tx, service_case));
    document.set_void_reason(request.reason());
    document.set_voided_by(call.caller.principal);
    *document.mutable_void_time() = ToProto(tx.now());
    RETURN_IF_ERROR(Documents().Update(tx, document));
    v1::Event event = EventOf(v1::EVENT_TYPE_DOCUMENT_VOIDED);
    event.set_subject(document.name());
    (*event.mutable_facts())["document"] = document.kind();
    *event.mutable_document() = document;
    RETURN_IF_ERROR(obligations_.Record(tx, RootOf(service_case), std::move(event)));
    return document;
  });
}

}  // namespace aftersales
