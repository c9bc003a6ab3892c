/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/sound/container.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Programs that write into a pipe leave a size at or above this: it means unknown. */
#define UNKNOWN_SIZE 0x7ffff000u
#define MAX_CHUNKS 1000
/* An ogg page is at most 65,307 bytes long. */
#define OGG_TAIL 65536
/* Where the length stands in an mp3 file: after a frame header and at most 32 bytes. */
#define MP3_HEAD 64

static bool
read_at (int fd, int64_t offset, void *bytes, size_t n)
{
  return pread (fd, bytes, n, offset) == (ssize_t) n;
}

const char *
audio_container_name_undecodable (int fd)
{
  static const struct {
    int offset;
    const char *magic;
    const char *name;
  } kinds[] = {
    { 4, "ftyp", "MPEG-4 (m4a, mp4, 3gp)" },
    { 0, "\x1a\x45\xdf\xa3", "Matroska or WebM" },
    { 0, "#!AMR", "AMR" },
    { 0, "\x30\x26\xb2\x75", "Windows Media" },
    { 0, "\xff\xf1", "AAC" },
    { 0, "\xff\xf9", "AAC" },
    { 8, "AVI ", "AVI" },
    { 0, "FLV\x01", "Flash video" },
    { 0, "MAC ", "Monkey's Audio" },
    { 0, "wvpk", "WavPack" },
  };
  char head[16] = { 0 };
  if (pread (fd, head, sizeof head, 0) <= 0)
    return NULL;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (memcmp (head + kinds[i].offset, kinds[i].magic, strlen (kinds[i].magic)) == 0)
      return kinds[i].name;
  return NULL;
}

static uint32_t
read_u32 (const uint8_t *bytes, bool is_big_endian)
{
  return is_big_endian ? (uint32_t) bytes[0] << 24 | (uint32_t) bytes[1] << 16
                             | (uint32_t) bytes[2] << 8 | bytes[3]
                       : (uint32_t) bytes[3] << 24 | (uint32_t) bytes[2] << 16
                             | (uint32_t) bytes[1] << 8 | bytes[0];
}

/* Walks the chunks of a RIFF or FORM file to the one that holds the samples. */
static bool
are_chunks_cut_short (int fd, int64_t n_bytes, bool is_aiff)
{
  int64_t offset = 12;
  for (int i = 0; i < MAX_CHUNKS; i++) {
    uint8_t chunk[8];
    if (!read_at (fd, offset, chunk, sizeof chunk))
      return false;
    uint32_t size = read_u32 (chunk + 4, is_aiff);
    if (memcmp (chunk, is_aiff ? "SSND" : "data", 4) == 0)
      return size < UNKNOWN_SIZE && offset + 8 + (int64_t) size > n_bytes;
    offset += 8 + (int64_t) size + (size & 1);
  }
  return false;
}

/* The last page of an ogg stream carries a flag, and all of its segments. */
static bool
is_ogg_cut_short (int fd, int64_t n_bytes)
{
  uint8_t tail[OGG_TAIL];
  int64_t n_tail = n_bytes < OGG_TAIL ? n_bytes : OGG_TAIL;
  if (!read_at (fd, n_bytes - n_tail, tail, (size_t) n_tail))
    return false;
  for (int64_t at = n_tail - 27; at >= 0; at--) {
    if (memcmp (tail + at, "OggS", 4) != 0)
      continue;
    int64_t end = at + 27 + tail[at + 26];
    for (int i = 0; i < tail[at + 26] && at + 27 + i < n_tail; i++)
      end += tail[at + 27 + i];
    return (tail[at + 5] & 4) == 0 || end > n_tail;
  }
  return true;
}

/* The first frame of most mp3 files is a silent one that tells the length in bytes. */
static bool
is_mp3_cut_short (int fd, int64_t n_bytes, int64_t first_frame)
{
  uint8_t head[MP3_HEAD];
  if (!read_at (fd, first_frame, head, sizeof head) || head[0] != 0xff || (head[1] & 0xe0) != 0xe0)
    return false;
  for (size_t at = 4; at + 16 <= sizeof head; at++) {
    if (memcmp (head + at, "Xing", 4) != 0 && memcmp (head + at, "Info", 4) != 0)
      continue;
    uint32_t flags = read_u32 (head + at + 4, true);
    if ((flags & 2) == 0)
      return false;
    uint32_t size = read_u32 (head + at + 8 + ((flags & 1) ? 4 : 0), true);
    return first_frame + (int64_t) size > n_bytes;
  }
  return false;
}

/* An ID3v2 tag before the first frame has its size in four times seven bits. */
static int64_t
measure_id3_tag (const char *head)
{
  if (memcmp (head, "ID3", 3) != 0)
    return 0;
  return 10
         + ((int64_t) (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7
            | (head[9] & 127));
}

bool
audio_container_is_cut_short (int fd)
{
  struct stat stat;
  char head[12];
  if (fstat (fd, &stat) != 0 || !read_at (fd, 0, head, sizeof head))
    return false;
  if (memcmp (head, "RIFF", 4) == 0 && memcmp (head + 8, "WAVE", 4) == 0)
    return are_chunks_cut_short (fd, stat.st_size, false);
  if (memcmp (head, "FORM", 4) == 0 && memcmp (head + 8, "AIF", 3) == 0)
    return are_chunks_cut_short (fd, stat.st_size, true);
  if (memcmp (head, "OggS", 4) == 0)
    return is_ogg_cut_short (fd, stat.st_size);
  return is_mp3_cut_short (fd, stat.st_size, measure_id3_tag (head));
}
