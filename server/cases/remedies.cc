// CaseService: cause, warranty, remedy, price and improper use.
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/names.h"
#include "server/cases/case_facts.h"
#include "server/cases/case_root.h"
#include "server/cases/case_rules.h"
#include "server/cases/case_service.h"
#include "server/cases/case_store.h"
#include "server/cases/coverage_rules.h"
#include "server/cases/remedy_rules.h"

namespace aftersales {

absl::StatusOr<v1::Case> CaseService::DetermineCause(Call& call, const v1::DetermineCauseRequest& request) {
  const StepOn on{request.name(), request.etag(), CaseStep::kFindCause, "determine-cause"};
  return ChangeCase(call, request, on, [&](Tx& tx, v1::Case& service_case) -> absl::StatusOr<v1::Event> {
    RETURN_IF_ERROR(
        CheckEvidence("findings.evidence", request.findings().evidence(), "what shows that this is the cause?"));
    service_case.set_cause(request.cause());
    v1::Findings& findings = *service_case.mutable_findings();
    findings = request.findings();
    findings.set_determined_by(call.caller.principal);
    *findings.mutable_time() = ToProto(tx.now());
    // What was decided was decided on other findings, perhaps by whoever determines these: it has to be decided anew.
    TakeBackRemedy(service_case);
    service_case.clear_improper_use();  // what was explained and accepted followed from the cause before
    ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack,
                     obligations_.Version(tx, service_case.policy_version()));
    SettleCoverage(*pack, PartiesOf(tx, service_case.customer(), service_case.equipment(), service_case.site()),
                   service_case);
    return EventOf(v1::EVENT_TYPE_CAUSE_DETERMINED);
  });
}

absl::StatusOr<v1::Case> CaseService::DecideRemedy(Call& call, const v1::DecideRemedyRequest& request) {
  const StepOn on{request.name(), request.etag(), CaseStep::kRemedy, "decide-remedy"};
  return ChangeCase(call, request, on, [&](Tx& tx, v1::Case& service_case) -> absl::StatusOr<v1::Event> {
    const Root root = RootOf(service_case);
    ASSIGN_OR_RETURN(const bool head, obligations_.CheckRole(tx, root, "decide-remedy", request.role()));
    RETURN_IF_ERROR(CheckEvidence("evidence", request.evidence(), "on what is it decided?"));
    if (service_case.findings().determined_by() == call.caller.principal) {
      return OwnSubmissionError(service_case.name(), service_case.findings().determined_by(), "given its cause",
                                "decide the remedy of");
    }
    ASSIGN_OR_RETURN(const std::shared_ptr<const policy::Pack> pack, obligations_.Version(tx, root.policy_version));
    ASSIGN_OR_RETURN(const AllowedRemedy allowed,
                     AllowRemedy(*pack, service_case.name(), request.remedy(), FactsForRemedy(service_case)));
    // The price was for other work.
    if (!allowed.charged || service_case.remedy() != request.remedy()) service_case.clear_quote();
    service_case.set_remedy(request.remedy());
    service_case.set_charged(allowed.charged);
    v1::RemedyDecision& decision = *service_case.mutable_remedy_decision();
    decision.Clear();
    decision.mutable_act()->set_principal(call.caller.principal);
    decision.mutable_act()->set_role(request.role());
    decision.mutable_act()->set_head(head);
    *decision.mutable_act()->mutable_time() = ToProto(tx.now());
    decision.mutable_act()->set_comment(request.comment());
    decision.set_rule(allowed.rule);
    for (const std::string& clause : allowed.clauses) decision.add_clauses(clause);
    *decision.mutable_evidence() = request.evidence();
    v1::Event event = EventOf(v1::EVENT_TYPE_REMEDY_DECIDED);
    event.set_role(request.role());
    event.set_head(head);
    (*event.mutable_facts())["remedy"] = Word(request.remedy());
    (*event.mutable_facts())["charged"] = Truth(allowed.charged);
    return event;
  });
}

absl::StatusOr<v1::Case> CaseService::QuotePrice(Call& call, const v1::QuotePriceRequest& request) {
  const StepOn on{request.name(), request.etag(), CaseStep::kPrice, "quote-price"};
  return ChangeCase(call, request, on, [&](Tx& tx, v1::Case& service_case) -> absl::StatusOr<v1::Event> {
    RETURN_IF_ERROR(CheckQuote(service_case, request.price()));
    // With a new price the customer's agreement to the one before is void.
    v1::Quote& quote = *service_case.mutable_quote();
    quote.Clear();
    *quote.mutable_price() = request.price();
    quote.set_text(request.text());
    quote.set_quoted_by(call.caller.principal);
    *quote.mutable_quote_time() = ToProto(tx.now());
    return EventOf(v1::EVENT_TYPE_PRICE_QUOTED);
  });
}

absl::StatusOr<v1::Case> CaseService::AgreePrice(Call& call, const v1::AgreePriceRequest& request) {
  const StepOn on{request.name(), request.etag(), CaseStep::kPrice, "agree-price"};
  return ChangeCase(call, request, on, [&](Tx& tx, v1::Case& service_case) -> absl::StatusOr<v1::Event> {
    RETURN_IF_ERROR(CheckEvidence("evidence", request.evidence(), "what shows that the customer agreed?"));
    RETURN_IF_ERROR(CheckAgreement(service_case));
    v1::Quote& quote = *service_case.mutable_quote();
    *quote.mutable_agreement() = request.evidence();
    quote.set_agreement_recorded_by(call.caller.principal);
    *quote.mutable_agree_time() = ToProto(tx.now());
    return EventOf(v1::EVENT_TYPE_PRICE_AGREED);
  });
}

absl::StatusOr<v1::Case> CaseService::ExplainImproperUse(Call& call, const v1::ExplainImproperUseRequest& request) {
  const StepOn on{request.name(), request.etag(), CaseStep::kExplain, "explain-improper-use"};
  return ChangeCase(call, request, on, [&](Tx& tx, v1::Case& service_case) -> absl::StatusOr<v1::Event> {
    RETURN_IF_ERROR(CheckExplanation(service_case));
    v1::ImproperUse& improper_use = *service_case.mutable_improper_use();
    improper_use.Clear();  // a reply was to the explanation before
    improper_use.set_explanation(request.explanation());
    improper_use.set_guidance(request.guidance());
    improper_use.mutable_explained()->set_principal(call.caller.principal);
    *improper_use.mutable_explained()->mutable_time() = ToProto(tx.now());
    return EventOf(v1::EVENT_TYPE_IMPROPER_USE_EXPLAINED);
  });
}

absl::StatusOr<v1::Case> CaseService::RecordExplanationReply(Call& call,
                                                             const v1::RecordExplanationReplyRequest& request) {
  const StepOn on{request.name(), request.etag(), CaseStep::kExplain, "record-explanation-reply"};
  return ChangeCase(call, request, on, [&](Tx& tx, v1::Case& service_case) -> absl::StatusOr<v1::Event> {
    RETURN_IF_ERROR(CheckEvidence("evidence", request.evidence(), "what shows the user's reply?"));
    RETURN_IF_ERROR(CheckReply(service_case));
    v1::ImproperUse& improper_use = *service_case.mutable_improper_use();
    improper_use.set_accepted(request.accepted());
    *improper_use.mutable_reply() = request.evidence();
    improper_use.set_reply_recorded_by(call.caller.principal);
    *improper_use.mutable_reply_time() = ToProto(tx.now());
    v1::Event event = EventOf(v1::EVENT_TYPE_EXPLANATION_REPLIED);
    (*event.mutable_facts())["accepted"] = Truth(request.accepted());
    return event;
  });
}

}  // namespace aftersales
