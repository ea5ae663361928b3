# The demonstration of tools/quickstart: one case, from the telephone call to its close. Sourced, not run.
# Every person works under a token of their own; contexts of the command line keep them apart.

# name PATTERN: the first resource name in the answer.
name() { grep -oE "$1/[A-Za-z0-9._-]+" <<<"$answer" | head -n 1; }
secret_of() { printf '%s/%s.token' "$data" "$1"; }

# From here on the contexts say where the server is and who calls; quickstart's own variables come back at the end.
endpoint=$AFTERSALES_ENDPOINT admin_token_file=$AFTERSALES_TOKEN_FILE
run context set admin --endpoint "$endpoint" --token-file "$admin_token_file"
run context use admin
unset AFTERSALES_ENDPOINT AFTERSALES_TOKEN_FILE

# staff ROLE TITLE: a principal with this role, a token in a file, a context named after the role.
staff() {
  run principal create --principal-id "${1//_/-}" --display-name "$2" --roles "$1"
  principal=$(name principals)
  run token create --principal "$principal" --secret-file "$(secret_of "$1")"
  run context set "$1" --endpoint "$endpoint" --token-file "$(secret_of "$1")"
}

# as ROLE ARGUMENTS...: runs under that role's context.
as() { local role=$1; shift; run --context "$role" "$@"; }
as_refused() { local role=$1; shift; refused --context "$role" "$@"; }

say "The company's procedure as a policy pack, put in force by the administrator"
run policy load --text "@$root/server/packs/hongxing.textproto"
run policy activate "$(name policyVersions)"

say "People, each with the role they have"
staff customer_service "Sales administration"
staff quality "Quality assurance"
staff production "Production"
staff warehouse "Warehouse"
staff field_engineer "Field engineer"
engineer_principal=$principal

say "What the ERP would push: customer, product, equipment, engineers, a part and its stock"
run customer create --display-name "Example Tramway Works" --region jilin --telephone "+86 431 0000 0000"
customer=$(name customers)
run product create --display-name "Brake unit BU-7" --required-certificates brake-systems
product=$(name products)
run equipment create --serial-number BU7-0001 --product "$product" --customer "$customer"
equipment=$(name equipment)
run engineer create --display-name "Engineer One" --principal "$engineer_principal" \
  --certificates "skill=brake-systems,number=BS-17,expire_time=$(date -u -d '+1 year' +%Y-%m-%dT%H:%M:%SZ)"
engineer=$(name engineers)
run engineer create --display-name "Engineer Two"
unqualified=$(name engineers)
run part create --display-name "Release valve" --category important --product-model BU-7 --minimum-stock 2
part=$(name parts)
run warehouse create --display-name "Main store"
warehouse=$(name warehouses)
as warehouse stock receive --part "$part" --warehouse "$warehouse" --quantity 5 --reference "Delivery note 1"

say "A customer calls; the call came in 40 minutes ago and is entered now"
as customer_service contact register --channel telephone --company "Example Tramway Works" --person "Workshop" \
  --telephone "+86 431 0000 0000" --product-type "Brake unit BU-7" --nonconforming-items "release valve" \
  --text "The brake of unit BU7-0001 does not release." --notice-time=-40m
contact=$(name contacts)
run obligation list --root "$contact"
run obligation explain "$(name obligations)"
as quality contact answer "$contact" --answer "An engineer will be with you within the day."

say "The call becomes a case with a tracking number"
as customer_service case open --customer "$customer" --equipment "$equipment" --contact "$contact" --subject product \
  --type fault --description "The brake does not release." --nonconforming-items "release valve"
case=$(name cases)
as quality case accept "$case" --service-mode on_site
as quality case classify "$case" --classification A --evidence.text "Can be solved on site, says the workshop."

say "An engineer is sent: the unqualified one is refused, and who could go is named"
as quality visit plan --service-case "$case" --plan-start-time now --plan-end-time=+4h --plan "Exchange the release valve."
visit=$(name visits)
as_refused quality visit assign "$visit" "$unqualified"
as quality visit assign "$visit" "$engineer"

say "On site. Nobody leaves before the work is finished and the customer satisfied"
as field_engineer visit check-in "$visit"
as_refused field_engineer visit check-out "$visit"

say "A part is needed: reserved, signed, issued, and sent under a permit"
as field_engineer picking-list submit --service-case "$case" --visit "$visit" --source field_opinion \
  --lines "part=$part,warehouse=$warehouse,quantity=1"
list=$(name pickingLists)
as_refused warehouse picking-list issue "$list"
as production picking-list sign "$list" --role production
as warehouse picking-list issue "$list"
as warehouse permit create --picking-list "$list" --destination "Example Tramway Works, depot 1" --product-model BU-7
permit=$(name departurePermits)
as warehouse shipment send --permit "$permit" --transport special_delivery --tracking-number EX-000017
run stock list --part "$part"

say "The work, the customer's confirmation, the verification list"
as field_engineer visit start-work "$visit"
as field_engineer visit record-work "$visit" --work.text "Release valve exchanged" --work.quantity 1 \
  --work.place "Bogie 2" --work.completed
as field_engineer visit complete-work "$visit" --summary "Valve exchanged, brake tested under load."
as field_engineer visit record-satisfaction "$visit" --satisfied --evidence.text "Signed by the workshop."
as field_engineer visit check-out "$visit"

say "The departments meet; what they set is carried out, and somebody else sees whether it is effective"
as quality meeting convene "$case" --subject "Why the valve sticks" --departments technology \
  --departments production --meeting-time now --place "Office 3"
meeting=$(name "$case/meetings")
as quality meeting hold "$meeting" --attendance department=technology --attendance department=production \
  --minutes "The spring is too soft; production takes another steel."
as quality action plan "$case" --kind corrective --owner production \
  --text "Springs of another steel." --due-time=+7d --meeting "$meeting"
action=$(name "$case/correctiveActions")
as production action complete "$action" --result "Springs of another steel are fitted."
as quality action check "$action" --role quality --effective yes --evidence.text "Twenty units run without a fault."

say "The case cannot be closed while something is owed"
as_refused quality case close "$case" --resolution "Valve exchanged."
as field_engineer document file "$case" --kind verification-list --title "After-sales service and verification list" \
  --text "Valve exchanged; brake force verified." --visit "$visit"
as quality case close "$case" --resolution "Valve exchanged."

say "After the close: the customer is visited and asked, and quality assurance hears of it"
as customer_service feedback record --customer "$customer" --service-case "$case" --kind visit --person "Workshop" \
  --text "The brake works. They would like a spare valve in their store."
as customer_service feedback record --customer "$customer" --service-case "$case" --kind survey --person "Workshop" \
  --satisfied satisfied --text "Satisfied with the repair and how soon it came."
as customer_service feedback report "$(name feedbacks)" --to quality --text "Satisfied; a spare valve is wanted."

say "Who did what when, and what was owed"
run case timeline "$case"
[[ ${answer##*$'\n'} == "case ${case#cases/} CLOSED, 0 obligations open" ]] ||
  fail "the case was expected to be closed with nothing owed"
export AFTERSALES_ENDPOINT=$endpoint AFTERSALES_TOKEN_FILE=$admin_token_file
