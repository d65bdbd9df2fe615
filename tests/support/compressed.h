// compressed.h: scratch files in every compression that traces come in.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "files.h"

namespace pagewalk_test {

enum class Compression { kNone, kGzip, kXz, kZstd, kBzip2 };

// Writes one compressed stream. False when this libarchive cannot write the compression by itself.
inline bool write_compressed(const std::string &path, const std::string &text, Compression compression) {
  archive *writer = archive_write_new();
  int result = ARCHIVE_OK;
  switch (compression) {
    case Compression::kNone: result = archive_write_add_filter_none(writer); break;
    case Compression::kGzip: result = archive_write_add_filter_gzip(writer); break;
    case Compression::kXz: result = archive_write_add_filter_xz(writer); break;
    case Compression::kZstd: result = archive_write_add_filter_zstd(writer); break;
    case Compression::kBzip2: result = archive_write_add_filter_bzip2(writer); break;
  }
  archive_write_set_format_raw(writer);
  bool good = result == ARCHIVE_OK && archive_write_open_filename(writer, path.c_str()) == ARCHIVE_OK;
  if (good) {
    archive_entry *entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    good = archive_write_header(writer, entry) == ARCHIVE_OK &&
           archive_write_data(writer, text.data(), text.size()) == static_cast<la_ssize_t>(text.size()) &&
           archive_write_close(writer) == ARCHIVE_OK;
    archive_entry_free(entry);
  }
  archive_write_free(writer);
  return good;
}

} // namespace pagewalk_test
