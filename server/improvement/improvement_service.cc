#include "server/improvement/improvement_service.h"

namespace aftersales {

void ImprovementService::Bind(rpc::Methods& methods) {
  methods.Unary("CreateInvestigation", this, &ImprovementService::CreateInvestigation);
  methods.Unary("GetInvestigation", this, &ImprovementService::GetInvestigation);
  methods.Unary("ListInvestigations", this, &ImprovementService::ListInvestigations);
  methods.Unary("RecordConsultation", this, &ImprovementService::RecordConsultation);
  methods.Unary("DetermineTreatment", this, &ImprovementService::DetermineTreatment);
  methods.Unary("ConveneMeeting", this, &ImprovementService::ConveneMeeting);
  methods.Unary("GetMeeting", this, &ImprovementService::GetMeeting);
  methods.Unary("ListMeetings", this, &ImprovementService::ListMeetings);
  methods.Unary("HoldMeeting", this, &ImprovementService::HoldMeeting);
  methods.Unary("CancelMeeting", this, &ImprovementService::CancelMeeting);
  methods.Unary("CreateCorrectiveAction", this, &ImprovementService::CreateCorrectiveAction);
  methods.Unary("GetCorrectiveAction", this, &ImprovementService::GetCorrectiveAction);
  methods.Unary("ListCorrectiveActions", this, &ImprovementService::ListCorrectiveActions);
  methods.Unary("CompleteCorrectiveAction", this, &ImprovementService::CompleteCorrectiveAction);
  methods.Unary("CheckCorrectiveAction", this, &ImprovementService::CheckCorrectiveAction);
  methods.Unary("CancelCorrectiveAction", this, &ImprovementService::CancelCorrectiveAction);
}

}  // namespace aftersales
