// SPDX-License-Identifier: Apache-2.0
// The files in page/, which the build embeds into the program.
#pragma once

namespace passbook::picture {

extern const char* const kPageHtml;  ///< with the placeholders that html_page replaces
extern const char* const kPageCss;
extern const char* const kPageScript;  ///< all scripts, in the order of their names
extern const char* const kStillStyle;  ///< the beginning of every still

}  // namespace passbook::picture
