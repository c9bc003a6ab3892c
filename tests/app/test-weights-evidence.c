/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whether the lines that an answer rests on are found, with the default chat model. */

#include "app/answer/evidence.h"
#include "tests/app/heard.h"
#include "tests/support/weights.h"

static const char *const inaugural[] = { "And so my fellow Americans,",
                                         "ask not what your country can do for you,",
                                         "ask what you can do for your country.", NULL };
static const char *const novel[] = {
  "There's iron, they say, in all our blood, and a grain or two perhaps is good.",
  "But his, he makes me harshly feel, has got a little too much of steel.",
  "Margaret, said Mr. Hale as he returned from showing his guest downstairs.",
  "I could not help watching your face with some anxiety when Mr. Thornton made his confession of "
  "having been a shop boy.",
  "You don't mean that you thought me so silly.",
  "I really liked that account of himself better than anything else he said.",
  "His statement of having been a shop boy was the thing I liked best of all.",
  NULL
};
static const char *const harbour[] = {
  "Good evening, this is the harbour news.",
  "The ferry to Elba leaves at half past six tomorrow because of the storm.",
  "Maria Rossi, the harbour master, says that nobody should swim near the pier.",
  "The fish market stays closed until Thursday.",
  "A new crane was bought for two million euros.",
  "It comes from Rotterdam and will be installed in March.",
  "The sailing club invites everybody to its party on Sunday.",
  "Children under twelve come in free.",
  "And now the weather.",
  "Strong wind from the west, up to nine, and waves of four metres.",
  "It gets calmer on Wednesday.",
  "That was the harbour news, good night.",
  NULL
};

typedef struct {
  const char *const *lines;
  const char *question;
  const char *answer;
  guint right[2];
} Item;

static const Item items[] = {
  { inaugural,
    "What does the speaker ask people to do?",
    "The speaker asks people to ask what they can do for their country.",
    { 2, 3 } },
  { inaugural, "Who is addressed?", "The recording is addressed to my fellow Americans.", { 1 } },
  { novel, "What had Mr. Thornton been?", "Mr. Thornton had been a shop boy.", { 4, 7 } },
  { novel,
    "What was Mr Hale doing?",
    "Mr. Hale was returning from showing his guest downstairs.",
    { 3 } },
  { novel, "桑頓先生曾經做過什麼工作?", "桑頓先生曾經做過 shop boy。", { 4, 7 } },
  { novel, "What metal is named?", "Iron and steel.", { 1, 2 } },
  { harbour, "When does the ferry leave?", "It leaves at half past six tomorrow.", { 2 } },
  { harbour, "Who is Maria Rossi?", "She is the harbour master.", { 3 } },
  { harbour, "Wie teuer war der Kran?", "Der Kran kostete zwei Millionen Euro.", { 5 } },
  { harbour, "Where does the crane come from?", "It comes from Rotterdam.", { 6 } },
  { harbour, "起重機來自哪裡?", "起重機來自鹿特丹。", { 6 } },
  { harbour, "When can I buy fish?", "From Thursday on.", { 4 } },
  { harbour, "Do children pay?", "No, children under twelve come in free.", { 8 } },
  { harbour, "How high are the waves?", "Four metres.", { 10 } },
  { harbour, "When does the storm end?", "It gets calmer on Wednesday.", { 11 } },
  { harbour, "Is it safe to swim?", "No, nobody should swim near the pier.", { 3 } },
  { harbour, "孩子要付錢嗎?", "不用,十二歲以下的孩子免費。", { 8 } },
  { novel, "說話的人覺得誰的血裡鋼太多了?", "他的血裡鋼太多了。", { 2 } },
  { novel, "他害怕別人覺得他怎麼樣?", "他怕別人覺得他很傻。", { 5 } },
  { novel, "海爾先生送誰下樓?", "他送客人下樓。", { 3 } },
};

static gboolean
is_right (const Item *item, const GArray *evidence)
{
  for (guint i = 0; i < evidence->len; i++)
    for (guint k = 0; k < G_N_ELEMENTS (item->right); k++)
      if (g_array_index (evidence, guint, i) == item->right[k])
        return TRUE;
  return FALSE;
}

static gboolean
find (AppEngine *engine, LlmSession *session, const Item *item)
{
  g_autoptr (AppHearing) hearing = heard_lines ("recording.wav", item->lines);
  g_autoptr (AppConversation) talk = app_conversation_new (NULL);
  g_autoptr (GArray) evidence = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GString) numbers = g_string_new (NULL);
  gboolean ok;

  app_conversation_add_user (talk, &hearing, 1, item->question);
  app_evidence_find (engine, session, talk, item->answer, evidence);
  ok = is_right (item, evidence);
  for (guint i = 0; i < evidence->len; i++)
    g_string_append_printf (numbers, " %u", g_array_index (evidence, guint, i));
  g_test_message ("%s:%s, right is %u%s", item->question, numbers->str, item->right[0],
                  ok ? "" : " (MISSED)");
  g_assert_cmpuint (evidence->len, <=, 3);
  g_assert_cmpuint (app_conversation_get_n_turns (talk), ==, 1);
  return ok;
}

/* An answer that nothing was told rests on nothing. */
static gboolean
finds_none (AppEngine *engine, LlmSession *session)
{
  g_autoptr (AppHearing) hearing = heard_lines ("recording.wav", harbour);
  g_autoptr (AppConversation) talk = app_conversation_new (NULL);
  g_autoptr (GArray) evidence = g_array_new (FALSE, FALSE, sizeof (guint));

  app_conversation_add_user (talk, &hearing, 1, "Who is the captain of the ferry?");
  app_evidence_find (engine, session, talk, "The recording does not say.", evidence);
  return evidence->len == 0;
}

static void
test_lines_are_found (void)
{
  g_autofree char *path = weights_find ("qwen2.5-coder-1.5b-instruct-q4_k_m");
  g_autoptr (AppEngine) engine = NULL;
  LlmSession *session;
  GError *error = NULL;
  guint n_right = 0;

  if (path == NULL)
    return;
  engine = app_engine_new (&(AppEngineOptions){ .chat_model = path });
  session = app_engine_get_session (engine, 2048, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    n_right += find (engine, session, &items[i]);
  g_assert_true (finds_none (engine, session));
  g_test_message ("%u of %zu", n_right, G_N_ELEMENTS (items));
  g_assert_cmpuint (n_right, >=, 18);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/evidence/lines-are-found", test_lines_are_found);
  return g_test_run ();
}
