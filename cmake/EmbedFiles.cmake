# embed_files(TARGET NAME name FILES file...): adds to TARGET a source that defines
#   const std::vector<aftersales::EmbeddedFile>& aftersales::NAME();
# with the names and contents of the files, sorted by name. Any bytes are allowed.
function(embed_files target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME" "FILES")
  string(TOLOWER ${arg_NAME} lower)
  set(output ${CMAKE_BINARY_DIR}/gen/server/embedded_${lower}.cc)
  set(list ${CMAKE_BINARY_DIR}/gen/server/embedded_${lower}.txt)
  list(SORT arg_FILES)
  # The list is a file of its own, so that adding or removing a file makes the source anew.
  string(REPLACE ";" "\n" lines "${arg_FILES}")
  file(CONFIGURE OUTPUT ${list} CONTENT "${lines}\n" @ONLY)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DNAME=${arg_NAME} -DLIST=${list} -DOUTPUT=${output}
            -P ${PROJECT_SOURCE_DIR}/cmake/embed_files_script.cmake
    DEPENDS ${arg_FILES} ${list} ${PROJECT_SOURCE_DIR}/cmake/embed_files_script.cmake
    COMMENT "Embedding ${lower}"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
