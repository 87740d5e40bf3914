# Writes HEADER with the text of each of FILES: namespace clique::kernels, one string_view named as its file.
set(text "// Generated from cl/*.cl by cl/embed.cmake.\n#pragma once\n\n#include <string_view>\n\nnamespace clique::kernels {\n")
set(list "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} content)
  string(APPEND text "inline constexpr std::string_view ${name} = R\"cl(${content})cl\";\n")
  string(APPEND list "    {\"${name}.cl\", ${name}},\n")
endforeach()
string(APPEND text "\nstruct file {\n  std::string_view name, text;\n};\ninline constexpr file all[] = {\n${list}};\n"
  "}  // namespace clique::kernels\n")
file(WRITE ${HEADER} "${text}")
