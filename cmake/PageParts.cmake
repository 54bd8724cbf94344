# SPDX-License-Identifier: Apache-2.0
# Writes OUT, a source file that defines the parts of the page in FOLDER: its HTML, its styles, its
# scripts one after another in the order of their names, and the styles of stills.

file(READ ${FOLDER}/page.html html)
file(READ ${FOLDER}/page.css css)
file(READ ${FOLDER}/still.svg still)
file(GLOB scripts ${FOLDER}/*.js)
list(SORT scripts)
set(script "")
foreach(file IN LISTS scripts)
  file(READ ${file} text)
  string(APPEND script "${text}")
endforeach()

file(WRITE ${OUT} "#include \"lab/picture/page_parts.h\"

namespace passbook::picture {
const char* const kPageHtml = R\"page(${html})page\";
const char* const kPageCss = R\"page(${css})page\";
const char* const kPageScript = R\"page(${script})page\";
const char* const kStillStyle = R\"page(${still})page\";
}  // namespace passbook::picture
")
