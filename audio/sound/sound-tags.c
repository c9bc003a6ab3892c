/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/sound/sound-tags.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* Of one page of an ogg stream. */
#define MAX_LACING 255
#define PAGE_HEAD 27

#define COPY_BYTES 65536

static void
add_u32_little (GByteArray *out, uint32_t value)
{
  value = GUINT32_TO_LE (value);
  g_byte_array_append (out, (const guint8 *) &value, 4);
}

static void
add_u32_big (GByteArray *out, uint32_t value)
{
  value = GUINT32_TO_BE (value);
  g_byte_array_append (out, (const guint8 *) &value, 4);
}

static void
add_text (GByteArray *out, const char *text)
{
  g_byte_array_append (out, (const guint8 *) text, (guint) strlen (text));
}

static void
add_byte (GByteArray *out, guint8 value)
{
  g_byte_array_append (out, &value, 1);
}

/* The errno of an end that came too early. */
static gboolean
read_exactly (int fd, void *bytes, size_t n)
{
  size_t done = 0;

  while (done < n) {
    ssize_t got = read (fd, (char *) bytes + done, n - done);
    if (got > 0)
      done += (size_t) got;
    else if (got == 0 || errno != EINTR) {
      errno = got == 0 ? EIO : errno;
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
write_all (int fd, const void *bytes, size_t n)
{
  size_t done = 0;

  while (done < n) {
    ssize_t put = write (fd, (const char *) bytes + done, n - done);
    if (put > 0)
      done += (size_t) put;
    else if (put == 0 || errno != EINTR) {
      errno = put == 0 ? EIO : errno;
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
copy_rest (int in, int out)
{
  g_autofree char *bytes = g_malloc (COPY_BYTES);

  for (;;) {
    ssize_t n = read (in, bytes, COPY_BYTES);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return n == 0;
    if (!write_all (out, bytes, (size_t) n))
      return FALSE;
  }
}

static void
add_comment_text (GByteArray *out, guint *n, const char *name, const char *value)
{
  if (value == NULL)
    return;
  g_autofree char *text = g_strconcat (name, "=", value, NULL);
  add_u32_little (out, (uint32_t) strlen (text));
  add_text (out, text);
  *n += 1;
}

static void
add_comment_chapters (GByteArray *out, guint *n, const AudioSoundTags *tags)
{
  for (size_t i = 0; i < tags->n_chapters; i++) {
    gint64 ms = llround (MAX (tags->chapters[i].start_s, 0) * 1000);
    g_autofree char *name = g_strdup_printf ("CHAPTER%03zu", i);
    g_autofree char *name_of = g_strconcat (name, "NAME", NULL);
    g_autofree char *time =
        g_strdup_printf ("%02d:%02d:%02d.%03d", (int) (ms / 3600000), (int) (ms / 60000 % 60),
                         (int) (ms / 1000 % 60), (int) (ms % 1000));
    add_comment_text (out, n, name, time);
    add_comment_text (out, n, name_of, tags->chapters[i].title);
  }
}

GByteArray *
audio_sound_tags_make_comment (const AudioSoundTags *tags)
{
  const char *vendor = tags->software != NULL ? tags->software : "";
  GByteArray *out = g_byte_array_new ();
  guint n = 0;

  add_u32_little (out, (uint32_t) strlen (vendor));
  add_text (out, vendor);
  guint n_at = out->len;
  add_u32_little (out, 0);
  add_comment_text (out, &n, "TITLE", tags->title);
  add_comment_text (out, &n, "ENCODER", tags->software);
  add_comment_text (out, &n, "COMMENT", tags->comment);
  for (const char *const *pair = tags->pairs; pair != NULL && pair[0] != NULL; pair += 2)
    add_comment_text (out, &n, pair[0], pair[1]);
  add_comment_chapters (out, &n, tags);
  uint32_t count = GUINT32_TO_LE (n);
  memcpy (out->data + n_at, &count, 4);
  return out;
}

/* The blocks of metadata: the first says what the stream is and stays the first; an old comment
 * gives way to ours. */
static gboolean
write_flac (int in, int out, const AudioSoundTags *tags)
{
  g_autoptr (GByteArray) comment = audio_sound_tags_make_comment (tags);
  guint8 head[4];

  if (comment->len >= 1u << 24) {
    errno = EFBIG;
    return FALSE;
  }
  if (!read_exactly (in, head, 4) || memcmp (head, "fLaC", 4) != 0 || !write_all (out, head, 4)) {
    errno = errno != 0 ? errno : EIO;
    return FALSE;
  }
  for (gboolean is_first = TRUE, is_last = FALSE; !is_last; is_first = FALSE) {
    if (!read_exactly (in, head, 4))
      return FALSE;
    size_t length = (size_t) head[1] << 16 | (size_t) head[2] << 8 | head[3];
    g_autofree guint8 *block = g_malloc (length + 1);
    if (!read_exactly (in, block, length))
      return FALSE;
    is_last = head[0] & 0x80;
    head[0] &= 0x7f;
    if (head[0] != 4 && (!write_all (out, head, 4) || !write_all (out, block, length)))
      return FALSE;
    if (is_first && head[0] != 0) {
      errno = EIO;
      return FALSE;
    }
  }
  guint8 own[4] = { 0x84, (guint8) (comment->len >> 16), (guint8) (comment->len >> 8),
                    (guint8) comment->len };
  return write_all (out, own, 4) && write_all (out, comment->data, comment->len)
         && copy_rest (in, out);
}

typedef struct {
  guint8 head[PAGE_HEAD + MAX_LACING];
  guint8 body[MAX_LACING * 255];
  size_t n_head, n_body;
} Page;

/* The polynomial 0x04c11db7, not reflected, from 0. */
static uint32_t
add_to_crc (uint32_t crc, const guint8 *bytes, size_t n)
{
  static uint32_t table[256];
  static gsize is_filled = 0;

  if (g_once_init_enter (&is_filled)) {
    for (uint32_t i = 0; i < 256; i++) {
      uint32_t value = i << 24;
      for (int bit = 0; bit < 8; bit++)
        value = value << 1 ^ (value & 0x80000000u ? 0x04c11db7u : 0);
      table[i] = value;
    }
    g_once_init_leave (&is_filled, 1);
  }
  for (size_t i = 0; i < n; i++)
    crc = crc << 8 ^ table[(crc >> 24 ^ bytes[i]) & 0xff];
  return crc;
}

/* 1: a page; 0: the end; -1: not a page, errno set. */
static int
read_page (int in, Page *page)
{
  ssize_t n = read (in, page->head, 1);

  if (n == 0)
    return 0;
  if (n < 0 || !read_exactly (in, page->head + 1, PAGE_HEAD - 1))
    return -1;
  size_t n_lacing = page->head[26];
  if (memcmp (page->head, "OggS", 4) != 0 || !read_exactly (in, page->head + PAGE_HEAD, n_lacing)) {
    errno = EIO;
    return -1;
  }
  page->n_head = PAGE_HEAD + n_lacing;
  page->n_body = 0;
  for (size_t i = 0; i < n_lacing; i++)
    page->n_body += page->head[PAGE_HEAD + i];
  return read_exactly (in, page->body, page->n_body) ? 1 : -1;
}

static gboolean
write_page (int out, Page *page, uint32_t number)
{
  uint32_t value = GUINT32_TO_LE (number);

  memcpy (page->head + 18, &value, 4);
  memset (page->head + 22, 0, 4);
  uint32_t crc = add_to_crc (add_to_crc (0, page->head, page->n_head), page->body, page->n_body);
  value = GUINT32_TO_LE (crc);
  memcpy (page->head + 22, &value, 4);
  return write_all (out, page->head, page->n_head) && write_all (out, page->body, page->n_body);
}

/* One packet over as many pages as it takes, from page 1 on. first: the page before, for the serial
 * number. The number of pages, or 0. */
static uint32_t
write_packet (int out, const Page *first, const GByteArray *packet)
{
  g_autofree Page *page = g_new0 (Page, 1);
  uint32_t n_pages = 0;
  size_t done = 0;
  gboolean is_ended = FALSE;

  while (!is_ended) {
    size_t n_lacing = 0;
    memcpy (page->head, first->head, PAGE_HEAD);
    page->head[5] = n_pages > 0; /* continued */
    page->n_body = 0;
    while (n_lacing < MAX_LACING && !is_ended) {
      size_t n = MIN (packet->len - done, 255);
      page->head[PAGE_HEAD + n_lacing++] = (guint8) n;
      memcpy (page->body + page->n_body, packet->data + done, n);
      page->n_body += n;
      done += n;
      is_ended = n < 255;
    }
    page->head[26] = (guint8) n_lacing;
    page->n_head = PAGE_HEAD + n_lacing;
    /* The position is 0 in all header pages, -1 where no packet ends. */
    memset (page->head + 6, is_ended ? 0 : 0xff, 8);
    if (!write_page (out, page, ++n_pages))
      return 0;
  }
  return n_pages;
}

/* The second packet of an opus stream is its tags; it begins and ends a page. */
static gboolean
write_ogg (int in, int out, const AudioSoundTags *tags)
{
  g_autoptr (GByteArray) comment = audio_sound_tags_make_comment (tags);
  g_autoptr (GByteArray) packet = g_byte_array_new ();
  g_autofree Page *page = g_new0 (Page, 1);
  g_autofree Page *first = g_new0 (Page, 1);
  int got = read_page (in, first);

  add_text (packet, "OpusTags");
  g_byte_array_append (packet, comment->data, comment->len);
  if (got <= 0 || first->n_body < 8 || memcmp (first->body, "OpusHead", 8) != 0) {
    errno = got < 0 ? errno : EIO;
    return FALSE;
  }
  if (!write_page (out, first, 0))
    return FALSE;
  uint32_t n_pages = write_packet (out, first, packet);
  if (n_pages == 0)
    return FALSE;
  do
    got = read_page (in, page);
  while (got > 0 && page->head[26] > 0 && page->head[PAGE_HEAD + page->head[26] - 1] == 255);
  while (got > 0 && (got = read_page (in, page)) > 0)
    if (!write_page (out, page, ++n_pages))
      return FALSE;
  return got == 0;
}

/* Seven bits a byte. */
static void
add_syncsafe (GByteArray *out, uint32_t value)
{
  for (int shift = 21; shift >= 0; shift -= 7)
    add_byte (out, (guint8) (value >> shift & 0x7f));
}

static void
add_frame (GByteArray *out, const char *id, const GByteArray *payload)
{
  add_text (out, id);
  add_syncsafe (out, payload->len);
  add_byte (out, 0);
  add_byte (out, 0);
  g_byte_array_append (out, payload->data, payload->len);
}

/* before: what stands between the encoding and the text, n bytes. */
static void
add_text_frame (GByteArray *out, const char *id, const void *before, guint n, const char *text)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();

  if (text == NULL)
    return;
  add_byte (payload, 3); /* UTF-8 */
  g_byte_array_append (payload, before, n);
  add_text (payload, text);
  add_frame (out, id, payload);
}

static void
add_chapter_frames (GByteArray *out, const AudioSoundTags *tags, double seconds)
{
  g_autoptr (GByteArray) contents = g_byte_array_new ();
  /* The table of contents counts in a byte. */
  const size_t n = MIN (tags->n_chapters, 255);

  if (n == 0)
    return;
  add_text (contents, "toc");
  add_byte (contents, 0);
  add_byte (contents, 3); /* the top, in order */
  add_byte (contents, (guint8) n);
  for (size_t i = 0; i < n; i++) {
    g_autofree char *id = g_strdup_printf ("chp%zu", i);
    g_byte_array_append (contents, (const guint8 *) id, (guint) strlen (id) + 1);
  }
  add_frame (out, "CTOC", contents);
  for (size_t i = 0; i < n; i++) {
    g_autoptr (GByteArray) chapter = g_byte_array_new ();
    g_autofree char *id = g_strdup_printf ("chp%zu", i);
    double end = i + 1 < tags->n_chapters ? tags->chapters[i + 1].start_s : seconds;
    g_byte_array_append (chapter, (const guint8 *) id, (guint) strlen (id) + 1);
    add_u32_big (chapter, (uint32_t) lround (tags->chapters[i].start_s * 1000));
    add_u32_big (chapter, (uint32_t) lround (MAX (end, tags->chapters[i].start_s) * 1000));
    add_u32_big (chapter, G_MAXUINT32); /* no byte offsets */
    add_u32_big (chapter, G_MAXUINT32);
    add_text_frame (chapter, "TIT2", NULL, 0, tags->chapters[i].title);
    add_frame (out, "CHAP", chapter);
  }
}

GByteArray *
audio_sound_tags_make_id3 (const AudioSoundTags *tags, double seconds)
{
  g_autoptr (GByteArray) frames = g_byte_array_new ();
  GByteArray *out = g_byte_array_new ();

  add_text_frame (frames, "TIT2", NULL, 0, tags->title);
  add_text_frame (frames, "TSSE", NULL, 0, tags->software);
  add_text_frame (frames, "COMM", "und", 4, tags->comment); /* language, empty description */
  for (const char *const *pair = tags->pairs; pair != NULL && pair[0] != NULL; pair += 2)
    add_text_frame (frames, "TXXX", pair[0], (guint) strlen (pair[0]) + 1, pair[1]);
  add_chapter_frames (frames, tags, seconds);
  g_byte_array_append (out, (const guint8 *) "ID3\4\0\0", 6);
  add_syncsafe (out, frames->len);
  g_byte_array_append (out, frames->data, frames->len);
  return out;
}

static void
add_chunk (GByteArray *out, const char *id, const GByteArray *payload)
{
  add_text (out, id);
  add_u32_little (out, payload->len);
  g_byte_array_append (out, payload->data, payload->len);
  if (payload->len % 2 != 0)
    add_byte (out, 0);
}

/* A chunk of a text that ends with a zero. */
static void
add_text_chunk (GByteArray *out, const char *id, const char *text)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();

  if (text == NULL)
    return;
  add_text (payload, text);
  add_byte (payload, 0);
  add_chunk (out, id, payload);
}

static void
add_cues (GByteArray *out, const AudioSoundTags *tags, int rate_hz)
{
  g_autoptr (GByteArray) cues = g_byte_array_new (), labels = g_byte_array_new ();

  add_u32_little (cues, (uint32_t) tags->n_chapters);
  add_text (labels, "adtl");
  for (size_t i = 0; i < tags->n_chapters; i++) {
    g_autoptr (GByteArray) label = g_byte_array_new ();
    uint32_t sample = (uint32_t) llround (tags->chapters[i].start_s * rate_hz);
    add_u32_little (cues, (uint32_t) i + 1);
    add_u32_little (cues, sample);
    add_text (cues, "data");
    add_u32_little (cues, 0);
    add_u32_little (cues, 0);
    add_u32_little (cues, sample);
    add_u32_little (label, (uint32_t) i + 1);
    add_text (label, tags->chapters[i].title != NULL ? tags->chapters[i].title : "");
    add_byte (label, 0);
    add_chunk (labels, "labl", label);
  }
  if (tags->n_chapters == 0)
    return;
  add_chunk (out, "cue ", cues);
  add_chunk (out, "LIST", labels);
}

GByteArray *
audio_sound_tags_make_riff (const AudioSoundTags *tags, int rate_hz)
{
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GByteArray) info = g_byte_array_new ();
  g_autoptr (GString) comment = g_string_new (tags->comment);

  /* INFO knows no names of one's own. */
  for (const char *const *pair = tags->pairs; pair != NULL && pair[0] != NULL; pair += 2)
    g_string_append_printf (comment, "%s%s: %s", comment->len > 0 ? "; " : "", pair[0], pair[1]);
  add_text (info, "INFO");
  add_text_chunk (info, "INAM", tags->title);
  add_text_chunk (info, "ISFT", tags->software);
  if (comment->len > 0)
    add_text_chunk (info, "ICMT", comment->str);
  add_chunk (out, "LIST", info);
  add_cues (out, tags, rate_hz);
  return out;
}

static gboolean
write_wav (int fd, int rate_hz, const AudioSoundTags *tags)
{
  g_autoptr (GByteArray) chunks = audio_sound_tags_make_riff (tags, rate_hz);
  off_t end = lseek (fd, 0, SEEK_END);

  if (end < 0 || (end % 2 != 0 && !write_all (fd, "", 1))
      || !write_all (fd, chunks->data, chunks->len))
    return FALSE;
  end += end % 2;
  uint32_t size = GUINT32_TO_LE ((uint32_t) MIN (end + chunks->len - 8, G_MAXUINT32));
  return pwrite (fd, &size, 4, 4) == 4;
}

gboolean
audio_sound_tags_write (AudioSoundContainer container, int in, int out, int rate_hz, double seconds,
                        const AudioSoundTags *tags)
{
  errno = 0;
  switch (container) {
  case AUDIO_CONTAINER_FLAC:
    return write_flac (in, out, tags);
  case AUDIO_CONTAINER_OGG:
    return write_ogg (in, out, tags);
  case AUDIO_CONTAINER_MP3: {
    g_autoptr (GByteArray) id3 = audio_sound_tags_make_id3 (tags, seconds);
    return write_all (out, id3->data, id3->len) && copy_rest (in, out);
  }
  case AUDIO_CONTAINER_WAV:
  default:
    return write_wav (out, rate_hz, tags);
  }
}
