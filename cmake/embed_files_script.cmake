# Run at build time by embed_files(): writes OUTPUT, a C++ source that defines aftersales::NAME() from the files in LIST.
file(STRINGS ${LIST} files)
set(arrays "")
set(entries "")
set(index 0)
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  file(READ ${file} hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND arrays "// ${name}\nconstexpr char kFile${index}[] = {\n${bytes}0};\n")
  string(APPEND entries "      {\"${name}\", {kFile${index}, ${size}}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE ${OUTPUT} "// Generated from files of the source tree.
#include \"server/embedded_files.h\"

namespace aftersales {
namespace {
${arrays}}  // namespace

const std::vector<EmbeddedFile>& ${NAME}() {
  static const auto& files = *new std::vector<EmbeddedFile>{
${entries}  };
  return files;
}
}  // namespace aftersales
")
