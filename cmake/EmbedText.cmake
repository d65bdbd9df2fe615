# EmbedText: turns a text file into a C string literal, a quoted line per line, for `#include` in an initialiser.
# Run as a script: cmake -DINPUT=... -DOUTPUT=... -P EmbedText.cmake
file(READ ${INPUT} text)
string(REPLACE "\\" "\\\\" text "${text}")
string(REPLACE "\"" "\\\"" text "${text}")
string(REPLACE "\n" "\\n\"\n\"" text "${text}")
file(WRITE ${OUTPUT} "\"${text}\"\n")
