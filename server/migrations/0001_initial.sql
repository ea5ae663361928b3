-- The first schema. A migration that has been released is never changed; what comes later is a new file.
--
-- The text is SQL that SQLite, MariaDB and MySQL understand, and a few macros that server/storage/dialect puts into the
-- engine's words:
--   @long_text      text of any length                        LONGTEXT / TEXT
--   @bytes          bytes of any length                       LONGBLOB / BLOB
--   @table_options  engine, character set and collation: text is compared byte by byte, so that case and trailing
--                   spaces count, alike on all engines
--   @time(column)   microseconds since 1970 UTC as a date and time that people can read, for views
-- A statement ends with a semicolon at the end of a line; comments take whole lines.
--
-- Whole numbers, truth values and enums are BIGINT (an SQLite column declared INTEGER would be read as 32 bits); times are
-- BIGINT microseconds UTC, NULL where not set. The resource tables below have a column for each single field of their
-- proto, and the rest serialized in `nested`; a test compares them. An external id that is not set is NULL, so that the key
-- can be unique. obligation.due_time and fire_time are 9223372036854775807 where no time is set: they sort last, and no scan
-- finds them.

-- The server's own tables

-- Answers kept for repeats: one row per request id that changed something.
CREATE TABLE request_log (
  request_id VARCHAR(64) NOT NULL,
  principal VARCHAR(200) NOT NULL,
  method VARCHAR(200) NOT NULL,
  body_hash VARCHAR(64) NOT NULL,
  reply @bytes NOT NULL,
  reply_kept BIGINT NOT NULL,
  expire_time BIGINT NOT NULL,
  PRIMARY KEY (request_id, principal, method)
) @table_options;
CREATE INDEX request_log_by_expire_time ON request_log (expire_time);

-- Numbers are reserved here in blocks; next_value was never given out.
CREATE TABLE number_series (
  name VARCHAR(100) NOT NULL PRIMARY KEY,
  next_value BIGINT NOT NULL
) @table_options;

-- Who does the background work of a name. The holder bumps the beat; one that stands still is taken over.
CREATE TABLE lease (
  name VARCHAR(100) NOT NULL PRIMARY KEY,
  owner VARCHAR(100) NOT NULL,
  epoch BIGINT NOT NULL,
  beat BIGINT NOT NULL
) @table_options;

-- Audit trail and feed. The position is set after the commit, by the lease holder, without gaps.
CREATE TABLE event (
  id BIGINT NOT NULL PRIMARY KEY,
  position BIGINT NULL,
  root VARCHAR(200) NOT NULL,
  root_version BIGINT NOT NULL,
  type VARCHAR(100) NOT NULL,
  subject VARCHAR(200) NOT NULL,
  body @bytes NOT NULL,
  record_time BIGINT NOT NULL
) @table_options;
CREATE UNIQUE INDEX event_by_position ON event (position);
CREATE INDEX event_by_root_position ON event (root, position);

-- The last position that was given out: one row, id 1. Events that are taken out at the end of the feed leave it behind.
CREATE TABLE feed_head (
  id BIGINT NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL
) @table_options;
INSERT INTO feed_head (id, position) VALUES (1, 0);

-- Calls that were refused, for the auditors.
CREATE TABLE refusal (
  id BIGINT NOT NULL PRIMARY KEY,
  time BIGINT NOT NULL,
  principal VARCHAR(200) NOT NULL,
  method VARCHAR(200) NOT NULL,
  reason VARCHAR(100) NOT NULL,
  peer VARCHAR(200) NOT NULL
) @table_options;
CREATE INDEX refusal_by_time ON refusal (time, id);

-- Digests of the secrets by which tokens are found.
CREATE TABLE token_secret (
  token VARCHAR(200) NOT NULL PRIMARY KEY,
  hash VARCHAR(64) NOT NULL
) @table_options;
CREATE UNIQUE INDEX token_secret_by_hash ON token_secret (hash);

-- The policy version in force, and the one that waits for its time: one row, id 1, which those lock who change it. Empty: none.
CREATE TABLE active_policy (
  id BIGINT NOT NULL PRIMARY KEY,
  policy_version VARCHAR(200) NOT NULL,
  next_version VARCHAR(200) NOT NULL,
  next_time BIGINT NOT NULL
) @table_options;
INSERT INTO active_policy (id, policy_version, next_version, next_time) VALUES (1, '', '', 0);

CREATE TABLE stock_balance (
  part VARCHAR(200) NOT NULL,
  warehouse VARCHAR(200) NOT NULL,
  on_hand BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  PRIMARY KEY (part, warehouse),
  CHECK (on_hand >= reserved AND reserved >= 0)
) @table_options;

-- Resources

CREATE TABLE principal (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  display_name VARCHAR(200) NOT NULL,
  disabled BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;

CREATE TABLE token (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  principal VARCHAR(200) NOT NULL,
  description VARCHAR(200) NOT NULL,
  expire_time BIGINT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX token_by_principal ON token (principal, name);

CREATE TABLE customer (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  display_name VARCHAR(200) NOT NULL,
  external_id VARCHAR(100) NULL,
  tier VARCHAR(50) NOT NULL,
  region VARCHAR(100) NOT NULL,
  address VARCHAR(400) NOT NULL,
  telephone VARCHAR(50) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  first_install_time BIGINT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE UNIQUE INDEX customer_by_external_id ON customer (external_id);
CREATE INDEX customer_by_region ON customer (region, name);
CREATE INDEX customer_by_first_install_time ON customer (first_install_time, name);

-- What customers are found by: each two characters of the name that follow each other ("n" before them), and the digits of
-- the telephone number ("t" before them).
CREATE TABLE customer_search (
  term VARCHAR(60) NOT NULL,
  customer VARCHAR(200) NOT NULL,
  PRIMARY KEY (term, customer)
) @table_options;
CREATE INDEX customer_search_by_customer ON customer_search (customer);

CREATE TABLE product (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  display_name VARCHAR(200) NOT NULL,
  external_id VARCHAR(100) NULL,
  key_product BIGINT NOT NULL,
  large_scale BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE UNIQUE INDEX product_by_external_id ON product (external_id);

CREATE TABLE equipment (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  serial_number VARCHAR(100) NOT NULL,
  product VARCHAR(200) NOT NULL,
  customer VARCHAR(200) NOT NULL,
  region VARCHAR(100) NOT NULL,
  install_time BIGINT NULL,
  commission_time BIGINT NULL,
  warranty_end_time BIGINT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  external_id VARCHAR(100) NULL,
  contract VARCHAR(200) NOT NULL,
  site VARCHAR(200) NOT NULL,
  delivery_time BIGINT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE UNIQUE INDEX equipment_by_serial_number ON equipment (serial_number);
CREATE UNIQUE INDEX equipment_by_external_id ON equipment (external_id);
CREATE INDEX equipment_by_customer ON equipment (customer, name);
CREATE INDEX equipment_by_customer_install_time ON equipment (customer, install_time);

CREATE TABLE policy_version (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  pack VARCHAR(100) NOT NULL,
  title VARCHAR(400) NOT NULL,
  text @long_text NOT NULL,
  sha256 VARCHAR(64) NOT NULL,
  loaded_by VARCHAR(200) NOT NULL,
  activated_by VARCHAR(200) NOT NULL,
  activate_time BIGINT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  effective_time BIGINT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX policy_version_by_create_time ON policy_version (create_time, name);
CREATE INDEX policy_version_by_effective_time ON policy_version (effective_time, create_time);

CREATE TABLE obligation (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  kind VARCHAR(100) NOT NULL,
  title @long_text NOT NULL,
  root VARCHAR(200) NOT NULL,
  subject VARCHAR(200) NOT NULL,
  owner BIGINT NOT NULL,
  owner_head BIGINT NOT NULL,
  policy_version VARCHAR(200) NOT NULL,
  cause_event VARCHAR(200) NOT NULL,
  since_time BIGINT NULL,
  due_time BIGINT NOT NULL,
  warn_time BIGINT NULL,
  stated BIGINT NOT NULL,
  survives_close BIGINT NOT NULL,
  close_note @long_text NOT NULL,
  closed_by VARCHAR(200) NOT NULL,
  close_time BIGINT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  fire_time BIGINT NOT NULL,
  warned_time BIGINT NULL,
  breached_time BIGINT NULL,
  paused BIGINT NOT NULL,
  calendar_version VARCHAR(200) NOT NULL,
  promised_time BIGINT NULL,
  arise_time BIGINT NULL,
  limit_index BIGINT NOT NULL,
  ended_by BIGINT NOT NULL,
  met_by VARCHAR(200) NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX obligation_by_root_due_time ON obligation (root, due_time, name);
-- What a root owes now: without it SQLite reads all that is open of every root.
CREATE INDEX obligation_by_root_state_due_time ON obligation (root, state, due_time, name);
CREATE INDEX obligation_by_state_due_time ON obligation (state, due_time, name);
CREATE INDEX obligation_by_owner_state_due_time ON obligation (owner, state, due_time, name);
CREATE INDEX obligation_by_due_time ON obligation (due_time, name);
CREATE INDEX obligation_by_kind_state_due_time ON obligation (kind, state, due_time, name);
CREATE INDEX obligation_by_fire_time ON obligation (fire_time, name);

CREATE TABLE contact (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  channel BIGINT NOT NULL,
  customer VARCHAR(200) NOT NULL,
  company VARCHAR(200) NOT NULL,
  person VARCHAR(100) NOT NULL,
  telephone VARCHAR(50) NOT NULL,
  product_type VARCHAR(200) NOT NULL,
  text @long_text NOT NULL,
  fault_time BIGINT NULL,
  notice_time BIGINT NOT NULL,
  taken_by VARCHAR(200) NOT NULL,
  answer @long_text NOT NULL,
  answered_by VARCHAR(200) NOT NULL,
  answer_time BIGINT NULL,
  service_case VARCHAR(200) NOT NULL,
  policy_version VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  type VARCHAR(50) NOT NULL,
  severity BIGINT NOT NULL,
  department BIGINT NOT NULL,
  transfer_reason @long_text NOT NULL,
  answer_by_time BIGINT NULL,
  outcome VARCHAR(50) NOT NULL,
  close_note @long_text NOT NULL,
  close_time BIGINT NULL,
  unanswered BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX contact_by_notice_time ON contact (notice_time, name);
CREATE INDEX contact_by_state_notice_time ON contact (state, notice_time, name);
CREATE INDEX contact_by_customer_notice_time ON contact (customer, notice_time, name);
CREATE INDEX contact_by_unanswered_notice_time ON contact (unanswered, notice_time, name);
CREATE INDEX contact_by_department_notice_time ON contact (department, notice_time, name);
CREATE INDEX contact_by_service_case ON contact (service_case, name);

CREATE TABLE service_case (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  subject BIGINT NOT NULL,
  type VARCHAR(50) NOT NULL,
  emergency BIGINT NOT NULL,
  customer VARCHAR(200) NOT NULL,
  equipment VARCHAR(200) NOT NULL,
  description @long_text NOT NULL,
  contact VARCHAR(200) NOT NULL,
  fault_time BIGINT NULL,
  notice_time BIGINT NULL,
  customer_deadline BIGINT NULL,
  service_mode BIGINT NOT NULL,
  classification VARCHAR(50) NOT NULL,
  policy_version VARCHAR(200) NOT NULL,
  refuse_reason @long_text NOT NULL,
  resolution @long_text NOT NULL,
  opened_by VARCHAR(200) NOT NULL,
  current_solution VARCHAR(200) NOT NULL,
  accept_time BIGINT NULL,
  close_time BIGINT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  severity BIGINT NOT NULL,
  site VARCHAR(200) NOT NULL,
  product VARCHAR(200) NOT NULL,
  tier VARCHAR(200) NOT NULL,
  cause BIGINT NOT NULL,
  remedy BIGINT NOT NULL,
  charged BIGINT NOT NULL,
  reopen_reason @long_text NOT NULL,
  archive_time BIGINT NULL,
  volume VARCHAR(200) NOT NULL,
  archive_entry VARCHAR(200) NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX service_case_by_create_time ON service_case (create_time, name);
CREATE INDEX service_case_by_state_create_time ON service_case (state, create_time, name);
CREATE INDEX service_case_by_customer_create_time ON service_case (customer, create_time, name);
CREATE INDEX service_case_by_equipment_create_time ON service_case (equipment, create_time, name);
CREATE INDEX service_case_by_product_create_time ON service_case (product, create_time, name);
CREATE INDEX service_case_by_state ON service_case (state, name);
CREATE INDEX service_case_by_close_time ON service_case (close_time, name);

CREATE TABLE solution (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  text @long_text NOT NULL,
  proposer VARCHAR(200) NOT NULL,
  confirmation_recorded_by VARCHAR(200) NOT NULL,
  confirm_time BIGINT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX solution_by_service_case_create_time ON solution (service_case, create_time, name);

CREATE TABLE document (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  kind VARCHAR(50) NOT NULL,
  title VARCHAR(200) NOT NULL,
  text @long_text NOT NULL,
  visit VARCHAR(200) NOT NULL,
  filed_by VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  void_reason @long_text NOT NULL,
  voided_by VARCHAR(200) NOT NULL,
  void_time BIGINT NULL,
  unknown_kind BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX document_by_service_case_create_time ON document (service_case, create_time, name);

CREATE TABLE engineer (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  display_name VARCHAR(100) NOT NULL,
  external_id VARCHAR(100) NULL,
  principal VARCHAR(200) NULL,
  department VARCHAR(100) NOT NULL,
  region VARCHAR(100) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE UNIQUE INDEX engineer_by_external_id ON engineer (external_id);
CREATE INDEX engineer_by_region ON engineer (region, name);
CREATE UNIQUE INDEX engineer_by_principal ON engineer (principal);

CREATE TABLE visit (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  engineer VARCHAR(200) NOT NULL,
  plan_start_time BIGINT NULL,
  plan_end_time BIGINT NULL,
  plan @long_text NOT NULL,
  check_in_time BIGINT NULL,
  check_in_record_time BIGINT NULL,
  satisfied BIGINT NOT NULL,
  complete_time BIGINT NULL,
  check_out_time BIGINT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  summary @long_text NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX visit_by_create_time ON visit (create_time, name);
CREATE INDEX visit_by_state_create_time ON visit (state, create_time, name);
CREATE INDEX visit_by_service_case_create_time ON visit (service_case, create_time, name);
CREATE INDEX visit_by_engineer_create_time ON visit (engineer, create_time, name);
CREATE INDEX visit_by_engineer_plan_start_time ON visit (engineer, plan_start_time);
-- The cases that an engineer was sent on, which all that they see belongs to.
CREATE INDEX visit_by_engineer_service_case ON visit (engineer, service_case);

CREATE TABLE part (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  display_name VARCHAR(200) NOT NULL,
  external_id VARCHAR(100) NULL,
  category BIGINT NOT NULL,
  minimum_stock BIGINT NOT NULL,
  product_model VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE UNIQUE INDEX part_by_external_id ON part (external_id);

CREATE TABLE warehouse (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  display_name VARCHAR(200) NOT NULL,
  region VARCHAR(100) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;

CREATE TABLE stock_movement (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  part VARCHAR(200) NOT NULL,
  warehouse VARCHAR(200) NOT NULL,
  quantity BIGINT NOT NULL,
  picking_list VARCHAR(200) NOT NULL,
  reference VARCHAR(200) NOT NULL,
  booked_by VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX stock_movement_by_part_create_time ON stock_movement (part, create_time, name);

CREATE TABLE picking_list (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  visit VARCHAR(200) NOT NULL,
  source BIGINT NOT NULL,
  submitted_by VARCHAR(200) NOT NULL,
  signed_by VARCHAR(200) NOT NULL,
  issued_by VARCHAR(200) NOT NULL,
  issue_time BIGINT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  cancel_reason @long_text NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX picking_list_by_create_time ON picking_list (create_time, name);
CREATE INDEX picking_list_by_state_create_time ON picking_list (state, create_time, name);
CREATE INDEX picking_list_by_service_case_create_time ON picking_list (service_case, create_time, name);

CREATE TABLE departure_permit (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  picking_list VARCHAR(200) NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  destination VARCHAR(400) NOT NULL,
  product_model VARCHAR(200) NOT NULL,
  quantity BIGINT NOT NULL,
  variety BIGINT NOT NULL,
  issued_by VARCHAR(200) NOT NULL,
  shipment VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX departure_permit_by_service_case ON departure_permit (service_case);
CREATE INDEX departure_permit_by_picking_list ON departure_permit (picking_list);

CREATE TABLE shipment (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  permit VARCHAR(200) NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  picking_list VARCHAR(200) NOT NULL,
  transport BIGINT NOT NULL,
  tracking_number VARCHAR(100) NOT NULL,
  sent_by VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX shipment_by_create_time ON shipment (create_time, name);
CREATE INDEX shipment_by_service_case_create_time ON shipment (service_case, create_time, name);

CREATE TABLE site (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  display_name VARCHAR(200) NOT NULL,
  external_id VARCHAR(100) NULL,
  customer VARCHAR(200) NOT NULL,
  region VARCHAR(100) NOT NULL,
  address VARCHAR(400) NOT NULL,
  telephone VARCHAR(50) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE UNIQUE INDEX site_by_external_id ON site (external_id);
CREATE INDEX site_by_customer ON site (customer, name);

CREATE TABLE contract (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number VARCHAR(100) NOT NULL,
  external_id VARCHAR(100) NULL,
  customer VARCHAR(200) NOT NULL,
  sign_time BIGINT NULL,
  warranty_months BIGINT NOT NULL,
  warranty_start BIGINT NOT NULL,
  warranty_provision VARCHAR(40) NOT NULL,
  installation_service BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE UNIQUE INDEX contract_by_external_id ON contract (external_id);
CREATE INDEX contract_by_customer ON contract (customer, name);

CREATE TABLE department (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  display_name VARCHAR(200) NOT NULL,
  external_id VARCHAR(100) NULL,
  role BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE UNIQUE INDEX department_by_external_id ON department (external_id);

CREATE TABLE staff_member (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  display_name VARCHAR(100) NOT NULL,
  external_id VARCHAR(100) NULL,
  department VARCHAR(200) NOT NULL,
  head BIGINT NOT NULL,
  principal VARCHAR(200) NULL,
  telephone VARCHAR(50) NOT NULL,
  former BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE UNIQUE INDEX staff_member_by_external_id ON staff_member (external_id);
CREATE INDEX staff_member_by_department ON staff_member (department, name);
CREATE UNIQUE INDEX staff_member_by_principal ON staff_member (principal);

CREATE TABLE telephone_attempt (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  time BIGINT NULL,
  reached BIGINT NOT NULL,
  solved BIGINT NOT NULL,
  person VARCHAR(100) NOT NULL,
  text @long_text NOT NULL,
  called_by VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX telephone_attempt_by_service_case_create_time ON telephone_attempt (service_case, create_time, name);

CREATE TABLE help_request (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  department BIGINT NOT NULL,
  form BIGINT NOT NULL,
  priority BIGINT NOT NULL,
  text @long_text NOT NULL,
  answer_by_time BIGINT NULL,
  requester VARCHAR(200) NOT NULL,
  person VARCHAR(100) NOT NULL,
  answer @long_text NOT NULL,
  answered_by VARCHAR(200) NOT NULL,
  answer_time BIGINT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX help_request_by_priority_create_time ON help_request (priority, create_time, name);
CREATE INDEX help_request_by_department_priority_create_time ON help_request (department, priority, create_time, name);
CREATE INDEX help_request_by_department_state_priority_create_time ON help_request (department, state, priority, create_time, name);
CREATE INDEX help_request_by_state_priority_create_time ON help_request (state, priority, create_time, name);
CREATE INDEX help_request_by_service_case_priority_create_time ON help_request (service_case, priority, create_time, name);

CREATE TABLE dispute (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  contract VARCHAR(200) NOT NULL,
  text @long_text NOT NULL,
  opened_by VARCHAR(200) NOT NULL,
  resolution @long_text NOT NULL,
  resolved_by VARCHAR(200) NOT NULL,
  resolve_time BIGINT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX dispute_by_service_case_create_time ON dispute (service_case, create_time, name);

CREATE TABLE attachment (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  parent VARCHAR(200) NOT NULL,
  filename VARCHAR(200) NOT NULL,
  media_type VARCHAR(100) NOT NULL,
  title VARCHAR(200) NOT NULL,
  size BIGINT NOT NULL,
  sha256 VARCHAR(64) NOT NULL,
  origin_time BIGINT NULL,
  uploaded_by VARCHAR(200) NOT NULL,
  accepted_by VARCHAR(200) NOT NULL,
  accept_time BIGINT NULL,
  accept_note @long_text NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX attachment_by_parent_create_time ON attachment (parent, create_time, name);

-- The bytes of attachments, in pieces. Those of an upload that is not finished belong to no attachment yet.
CREATE TABLE attachment_chunk (
  attachment VARCHAR(200) NOT NULL,
  number BIGINT NOT NULL,
  bytes @bytes NOT NULL,
  PRIMARY KEY (attachment, number)
) @table_options;

-- Uploads under way; what is left of one that was broken off is deleted after its time.
CREATE TABLE attachment_upload (
  attachment VARCHAR(200) NOT NULL PRIMARY KEY,
  expire_time BIGINT NOT NULL
) @table_options;
CREATE INDEX attachment_upload_by_expire_time ON attachment_upload (expire_time, attachment);

CREATE TABLE calendar_version (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  calendar VARCHAR(50) NOT NULL,
  year BIGINT NOT NULL,
  source VARCHAR(200) NOT NULL,
  time_zone VARCHAR(200) NOT NULL,
  loaded_by VARCHAR(200) NOT NULL,
  activated_by VARCHAR(200) NOT NULL,
  activate_time BIGINT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  effective_time BIGINT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX calendar_version_by_create_time ON calendar_version (create_time, name);
CREATE INDEX calendar_version_by_calendar_create_time ON calendar_version (calendar, create_time, name);

-- The version of each calendar in force, and the one that waits for its time. Empty: none.
CREATE TABLE active_calendar (
  calendar VARCHAR(50) NOT NULL PRIMARY KEY,
  calendar_version VARCHAR(200) NOT NULL,
  next_version VARCHAR(200) NOT NULL,
  next_time BIGINT NOT NULL
) @table_options;

-- Each non-conforming item of a case as it is compared (whatever its spaces, width and case), so that similar cases are found.
CREATE TABLE case_item (
  item VARCHAR(200) NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  product VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  PRIMARY KEY (item, service_case)
) @table_options;
CREATE INDEX case_item_by_service_case ON case_item (service_case);
CREATE INDEX case_item_by_item_product_create_time ON case_item (item, product, create_time, service_case);
CREATE INDEX case_item_by_item_create_time ON case_item (item, create_time, service_case);

CREATE TABLE responsibility (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  text @long_text NOT NULL,
  investigation VARCHAR(200) NOT NULL,
  proposed_by VARCHAR(200) NOT NULL,
  decided_by VARCHAR(200) NOT NULL,
  reject_reason @long_text NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX responsibility_by_service_case_create_time ON responsibility (service_case, create_time, name);
CREATE INDEX responsibility_by_service_case_state ON responsibility (service_case, state, name);

CREATE TABLE cost (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  category BIGINT NOT NULL,
  text @long_text NOT NULL,
  visit VARCHAR(200) NOT NULL,
  incur_time BIGINT NULL,
  customer_pays BIGINT NOT NULL,
  reversal_of VARCHAR(200) NOT NULL,
  reversed_by VARCHAR(200) NOT NULL,
  submitted_by VARCHAR(200) NOT NULL,
  agreement_recorded_by VARCHAR(200) NOT NULL,
  agree_time BIGINT NULL,
  decided_by VARCHAR(200) NOT NULL,
  reject_reason @long_text NOT NULL,
  allocation VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  decide_time BIGINT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX cost_by_create_time ON cost (create_time, name);
CREATE INDEX cost_by_submitted_by_create_time ON cost (submitted_by, create_time, name);
CREATE INDEX cost_by_state_create_time ON cost (state, create_time, name);
CREATE INDEX cost_by_state_decide_time ON cost (state, decide_time, name);
CREATE INDEX cost_by_service_case_create_time ON cost (service_case, create_time, name);
CREATE INDEX cost_by_service_case_state_create_time ON cost (service_case, state, create_time, name);
CREATE INDEX cost_by_category_create_time ON cost (category, create_time, name);

CREATE TABLE allocation (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  responsibility VARCHAR(200) NOT NULL,
  allocated_by VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX allocation_by_service_case_create_time ON allocation (service_case, create_time, name);

CREATE TABLE investigation (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  analysis @long_text NOT NULL,
  countermeasures @long_text NOT NULL,
  analysed_by VARCHAR(200) NOT NULL,
  treatment @long_text NOT NULL,
  decided_by VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX investigation_by_service_case_create_time ON investigation (service_case, create_time, name);
CREATE INDEX investigation_by_service_case_state ON investigation (service_case, state, name);

CREATE TABLE meeting (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  subject VARCHAR(400) NOT NULL,
  meeting_time BIGINT NOT NULL,
  place VARCHAR(200) NOT NULL,
  convened_by VARCHAR(200) NOT NULL,
  held_time BIGINT NULL,
  minutes @long_text NOT NULL,
  recorded_by VARCHAR(200) NOT NULL,
  cancel_reason @long_text NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX meeting_by_service_case_create_time ON meeting (service_case, create_time, name);

CREATE TABLE corrective_action (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  kind BIGINT NOT NULL,
  text @long_text NOT NULL,
  owner BIGINT NOT NULL,
  owner_principal VARCHAR(200) NOT NULL,
  due_time BIGINT NOT NULL,
  product VARCHAR(200) NOT NULL,
  nonconforming_item VARCHAR(200) NOT NULL,
  meeting VARCHAR(200) NOT NULL,
  set_by VARCHAR(200) NOT NULL,
  result @long_text NOT NULL,
  done_by VARCHAR(200) NOT NULL,
  done_time BIGINT NULL,
  checked_by VARCHAR(200) NOT NULL,
  recurrence_count BIGINT NOT NULL,
  cancel_reason @long_text NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX corrective_action_by_create_time ON corrective_action (create_time, name);
CREATE INDEX corrective_action_by_due_time ON corrective_action (due_time, name);
CREATE INDEX corrective_action_by_state_due_time ON corrective_action (state, due_time, name);
CREATE INDEX corrective_action_by_service_case_due_time ON corrective_action (service_case, due_time, name);
CREATE INDEX corrective_action_by_owner_due_time ON corrective_action (owner, due_time, name);
CREATE INDEX corrective_action_by_owner_state_due_time ON corrective_action (owner, state, due_time, name);
CREATE INDEX corrective_action_by_product_due_time ON corrective_action (product, due_time, name);
CREATE INDEX corrective_action_by_owner_principal_due_time ON corrective_action (owner_principal, due_time, name);

CREATE TABLE feedback (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  customer VARCHAR(200) NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  visit VARCHAR(200) NOT NULL,
  person VARCHAR(100) NOT NULL,
  text @long_text NOT NULL,
  feedback_time BIGINT NULL,
  satisfied BIGINT NOT NULL,
  product VARCHAR(200) NOT NULL,
  conduct_type VARCHAR(50) NOT NULL,
  engineer VARCHAR(200) NOT NULL,
  recorded_by VARCHAR(200) NOT NULL,
  result @long_text NOT NULL,
  handled_by VARCHAR(200) NOT NULL,
  handle_time BIGINT NULL,
  verified_by VARCHAR(200) NOT NULL,
  withdraw_reason @long_text NOT NULL,
  withdrawn_by VARCHAR(200) NOT NULL,
  withdraw_time BIGINT NULL,
  root VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  accused VARCHAR(200) NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX feedback_by_feedback_time ON feedback (feedback_time, name);
CREATE INDEX feedback_by_kind_feedback_time ON feedback (kind, feedback_time, name);
CREATE INDEX feedback_by_customer_feedback_time ON feedback (customer, feedback_time, name);
CREATE INDEX feedback_by_service_case_feedback_time ON feedback (service_case, feedback_time, name);
CREATE INDEX feedback_by_engineer_feedback_time ON feedback (engineer, feedback_time, name);
CREATE INDEX feedback_by_engineer_state_feedback_time ON feedback (engineer, state, feedback_time, name);
CREATE INDEX feedback_by_kind_state_feedback_time ON feedback (kind, state, feedback_time, name);

CREATE TABLE callback (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  customer VARCHAR(200) NOT NULL,
  call_time BIGINT NULL,
  reached BIGINT NOT NULL,
  satisfied BIGINT NOT NULL,
  person VARCHAR(100) NOT NULL,
  text @long_text NOT NULL,
  equipment VARCHAR(200) NOT NULL,
  called_by VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX callback_by_call_time ON callback (call_time, name);
CREATE INDEX callback_by_customer_call_time ON callback (customer, call_time, name);
CREATE INDEX callback_by_reached_call_time ON callback (reached, call_time, name);

CREATE TABLE volume (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  title VARCHAR(200) NOT NULL,
  number BIGINT NOT NULL,
  entries BIGINT NOT NULL,
  first_hash VARCHAR(64) NOT NULL,
  last_hash VARCHAR(64) NOT NULL,
  seal_hash VARCHAR(64) NOT NULL,
  opened_by VARCHAR(200) NOT NULL,
  sealed_by VARCHAR(200) NOT NULL,
  seal_time BIGINT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX volume_by_number ON volume (number, name);
CREATE INDEX volume_by_state_number ON volume (state, number, name);

CREATE TABLE archive_entry (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  volume VARCHAR(200) NOT NULL,
  number BIGINT NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  supplement BIGINT NOT NULL,
  complete BIGINT NOT NULL,
  timely BIGINT NOT NULL,
  case_version BIGINT NOT NULL,
  items BIGINT NOT NULL,
  content_hash VARCHAR(64) NOT NULL,
  previous_hash VARCHAR(64) NOT NULL,
  hash VARCHAR(64) NOT NULL,
  archived_by VARCHAR(200) NOT NULL,
  archive_time BIGINT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX archive_entry_by_volume_number ON archive_entry (volume, number, name);
CREATE INDEX archive_entry_by_service_case_create_time ON archive_entry (service_case, create_time, name);

CREATE TABLE management_report (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state BIGINT NOT NULL,
  title VARCHAR(200) NOT NULL,
  start_time BIGINT NOT NULL,
  end_time BIGINT NOT NULL,
  analysis @long_text NOT NULL,
  author VARCHAR(200) NOT NULL,
  submitted_to BIGINT NOT NULL,
  submitted_by VARCHAR(200) NOT NULL,
  submit_time BIGINT NULL,
  decided_by VARCHAR(200) NOT NULL,
  return_reason @long_text NOT NULL,
  policy_version VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  nested @bytes NOT NULL
) @table_options;
CREATE INDEX management_report_by_create_time ON management_report (create_time, name);
CREATE INDEX management_report_by_state_create_time ON management_report (state, create_time, name);

-- Corrective actions that were carried out (done, effective or reopened), by what they were to remove: a case with the same
-- product and item is a recurrence. The item as it is compared (whatever its spaces, width and case), as in case_item.
CREATE TABLE corrective_action_item (
  action VARCHAR(200) NOT NULL PRIMARY KEY,
  product VARCHAR(200) NOT NULL,
  item VARCHAR(200) NOT NULL,
  service_case VARCHAR(200) NOT NULL
) @table_options;
CREATE INDEX corrective_action_item_by_product_item ON corrective_action_item (product, item, action);

-- Each case in which what a corrective action was to remove came back, once; no row where that was withdrawn.
CREATE TABLE corrective_action_recurrence (
  action VARCHAR(200) NOT NULL,
  service_case VARCHAR(200) NOT NULL,
  create_time BIGINT NOT NULL,
  PRIMARY KEY (action, service_case)
) @table_options;
CREATE INDEX corrective_action_recurrence_by_service_case ON corrective_action_recurrence (service_case, action);

-- How far the periodic duties of a kind ("quarterly-call/quarter": the rule's, and how often it is owed) have been made for a
-- period that began at period_start: for all customers up to reached_time and reached, in the order of their first
-- installation; for all once finished, under the version by which they were made last: another goes through them again, since
-- it may call for what that one did not. Kinds are rows of their own, so a new rule starts by itself.
CREATE TABLE periodic_run (
  kind VARCHAR(100) NOT NULL,
  period_start BIGINT NOT NULL,
  period_end BIGINT NOT NULL,
  period VARCHAR(20) NOT NULL,
  reached_time BIGINT NOT NULL,
  reached VARCHAR(200) NOT NULL,
  finished BIGINT NOT NULL,
  policy_version VARCHAR(200) NOT NULL,
  in_force_time BIGINT NOT NULL,
  PRIMARY KEY (kind, period)
) @table_options;
CREATE INDEX periodic_run_by_kind_period_start ON periodic_run (kind, period_start);

-- Each periodic duty that was made: the key sees to it that there are never two for one period.
CREATE TABLE periodic_duty (
  kind VARCHAR(100) NOT NULL,
  subject VARCHAR(200) NOT NULL,
  period VARCHAR(20) NOT NULL,
  create_time BIGINT NOT NULL,
  PRIMARY KEY (kind, subject, period)
) @table_options;

-- When it is to be looked at again what was installed first at a customer's: equipment may have been entered with a time that
-- had not come.
CREATE TABLE installation_to_come (
  customer VARCHAR(200) NOT NULL,
  install_time BIGINT NOT NULL,
  PRIMARY KEY (customer, install_time)
) @table_options;
CREATE INDEX installation_to_come_by_time ON installation_to_come (install_time, customer);

-- What was bound with an entry of a volume: each thing with the SHA-256 of what never changes in it, and of all that it says
-- while the case stays archived (empty where that goes on changing).
CREATE TABLE archive_item (
  entry VARCHAR(200) NOT NULL,
  number BIGINT NOT NULL,
  resource VARCHAR(200) NOT NULL,
  sha256 VARCHAR(64) NOT NULL,
  whole_sha256 VARCHAR(64) NOT NULL,
  PRIMARY KEY (entry, number)
) @table_options;

-- The newest volume: one row, id 1, which those lock who open, fill or seal one. Number 0: none yet.
CREATE TABLE newest_volume (
  id BIGINT NOT NULL PRIMARY KEY,
  number BIGINT NOT NULL
) @table_options;
INSERT INTO newest_volume (id, number) VALUES (1, 0);

-- Views for people and reports

DROP VIEW IF EXISTS contact_view;
CREATE VIEW contact_view AS
SELECT name,
       CASE state WHEN 1 THEN 'open' WHEN 2 THEN 'answered' WHEN 3 THEN 'transferred' WHEN 4 THEN 'closed' ELSE '' END
         AS state,
       company, person, telephone, product_type, text,
       @time(notice_time) AS notice_time, answer, answered_by, @time(answer_time) AS answer_time, service_case
FROM contact;

DROP VIEW IF EXISTS service_case_view;
CREATE VIEW service_case_view AS
SELECT c.name,
       CASE c.state WHEN 1 THEN 'open' WHEN 2 THEN 'accepted' WHEN 3 THEN 'refused' WHEN 4 THEN 'closed'
         WHEN 5 THEN 'archived' ELSE '' END AS state,
       CASE c.subject WHEN 1 THEN 'product' WHEN 2 THEN 'spare part' WHEN 3 THEN 'service' ELSE '' END AS subject,
       c.type, c.classification, c.emergency, c.customer, u.display_name AS customer_name, c.equipment,
       e.serial_number, c.description, c.resolution,
       @time(c.notice_time) AS notice_time, @time(c.customer_deadline) AS customer_deadline,
       @time(c.create_time) AS create_time, @time(c.accept_time) AS accept_time, @time(c.close_time) AS close_time
FROM service_case c
LEFT JOIN customer u ON u.name = c.customer
LEFT JOIN equipment e ON e.name = c.equipment;

DROP VIEW IF EXISTS visit_view;
CREATE VIEW visit_view AS
SELECT v.name,
       CASE v.state WHEN 1 THEN 'planned' WHEN 2 THEN 'assigned' WHEN 3 THEN 'on site' WHEN 4 THEN 'working'
         WHEN 5 THEN 'work done' WHEN 6 THEN 'left' ELSE '' END AS state,
       v.service_case, v.engineer, g.display_name AS engineer_name, v.satisfied,
       @time(v.plan_start_time) AS plan_start_time, @time(v.plan_end_time) AS plan_end_time,
       @time(v.check_in_time) AS check_in_time, @time(v.complete_time) AS complete_time,
       @time(v.check_out_time) AS check_out_time
FROM visit v
LEFT JOIN engineer g ON g.name = v.engineer;

DROP VIEW IF EXISTS obligation_view;
CREATE VIEW obligation_view AS
SELECT name,
       CASE state WHEN 1 THEN 'open' WHEN 2 THEN 'met' WHEN 3 THEN 'late met' WHEN 4 THEN 'waived'
         WHEN 5 THEN 'cancelled' ELSE '' END AS state,
       kind, title, root, subject,
       CASE owner WHEN 1 THEN 'customer service' WHEN 2 THEN 'service manager' WHEN 3 THEN 'quality'
         WHEN 4 THEN 'technology' WHEN 5 THEN 'production' WHEN 6 THEN 'supply' WHEN 7 THEN 'warehouse'
         WHEN 8 THEN 'purchasing' WHEN 9 THEN 'finance' WHEN 10 THEN 'executive' WHEN 11 THEN 'field engineer'
         WHEN 12 THEN 'auditor' WHEN 13 THEN 'integration' WHEN 14 THEN 'admin' WHEN 15 THEN 'customer' ELSE '' END
         AS owner,
       owner_head, policy_version, @time(since_time) AS since_time,
       CASE WHEN due_time = 9223372036854775807 THEN NULL ELSE @time(due_time) END AS due_time,
       @time(warn_time) AS warn_time, close_note, closed_by, @time(close_time) AS close_time
FROM obligation;

DROP VIEW IF EXISTS event_view;
CREATE VIEW event_view AS
SELECT position, id, type, root, root_version, subject, @time(record_time) AS record_time
FROM event;
