/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Families of chat templates, by sources that write turns as each family's do. */

#include <string.h>

#include "llm/text/chat-template.h"
#include "tests/llm/tiny-tokenizer.h"

static const char qwen[] =
    "{%- if tools %}\n{{- '<|im_start|>system\\n' }}{%- endif %}\n{%- for message in messages %}\n"
    "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}\n"
    "{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}";
static const char smollm[] =
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n'"
    " + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}";
static const char qwen3[] =
    "{%- for message in messages %}\n{{- '<|im_start|>' + message.role + '\\n' + content }}"
    "{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}"
    "{%- if enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}"
    "{{- '<|im_end|>\\n' }}";
static const char llama3[] =
    "{{- bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role']"
    " + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}{% endfor %}";
static const char gemma[] =
    "{{ bos_token }}{% for message in messages %}{{ '<start_of_turn>' + role + '\n'"
    " + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}";
static const char mistral[] =
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% else %}"
    "{{ message['content'] + eos_token}}{% endif %}{% endfor %}";
static const char llama2[] =
    "{{ '[INST] <<SYS>>\n' + system + '\n<</SYS>>\n\n' + c + ' [/INST]' }}";
static const char zephyr[] =
    "{% for message in messages %}\n{{ '<|user|>\n' + message['content'] + eos_token }}";

static void
test_known (void)
{
  static const struct {
    const char *source;
    LlmChatFamily family;
    const char *name;
    gboolean has_system;
  } known[] = { { qwen, LLM_CHAT_CHATML, "ChatML", TRUE },
                { smollm, LLM_CHAT_CHATML, "ChatML", TRUE },
                { qwen3, LLM_CHAT_THINKING, "ChatML with thoughts", TRUE },
                { llama3, LLM_CHAT_LLAMA3, "Llama 3", TRUE },
                { gemma, LLM_CHAT_GEMMA, "Gemma", FALSE },
                { mistral, LLM_CHAT_MISTRAL, "Mistral", FALSE } };

  for (size_t i = 0; i < G_N_ELEMENTS (known); i++) {
    g_autoptr (GError) error = NULL;
    LlmChatFamily family;

    g_assert_true (llm_chat_family_recognise (known[i].source, -1, &family, &error));
    g_assert_no_error (error);
    g_assert_cmpint (family, ==, known[i].family);
    g_assert_cmpstr (llm_chat_family_name (family), ==, known[i].name);
    g_assert_cmpint (llm_chat_family_has_system (family), ==, known[i].has_system);
  }
}

static void
test_unknown (void)
{
  const char *both = "{{ '<|im_start|>' }}{{ '<|im_end|>' }}<start_of_turn><end_of_turn>";
  const char *const sources[] = { zephyr, llama2, both, "", "\xFF\xFE" };
  const char *const quoted[] = { "begins \"{% for message in messages %} {{ '<|user|> ",
                                 "begins \"{{ '[INST] <<SYS>> ", "ambiguous", "begins \"\"",
                                 "begins \"\xEF\xBF\xBD" };

  for (size_t i = 0; i < G_N_ELEMENTS (sources); i++) {
    g_autoptr (GError) error = NULL;
    LlmChatFamily family;

    g_assert_false (llm_chat_family_recognise (sources[i], -1, &family, &error));
    g_assert_error (error, LLM_ERROR, LLM_ERROR_TEMPLATE);
    g_assert_nonnull (strstr (error->message, quoted[i]));
    g_assert_null (strchr (error->message, '\n'));
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  }
}

static void
test_turns (void)
{
  const char *prefix, *suffix;

  llm_chat_turn (LLM_CHAT_CHATML, LLM_ROLE_SYSTEM, &prefix, &suffix);
  g_assert_cmpstr (prefix, ==, "<|im_start|>system\n");
  g_assert_cmpstr (suffix, ==, "<|im_end|>\n");
  llm_chat_turn (LLM_CHAT_LLAMA3, LLM_ROLE_USER, &prefix, &suffix);
  g_assert_cmpstr (prefix, ==, "<|start_header_id|>user<|end_header_id|>\n\n");
  g_assert_cmpstr (suffix, ==, "<|eot_id|>");
  llm_chat_turn (LLM_CHAT_GEMMA, LLM_ROLE_ASSISTANT, &prefix, &suffix);
  g_assert_cmpstr (prefix, ==, "<start_of_turn>model\n");
  g_assert_cmpstr (suffix, ==, "<end_of_turn>\n");
  llm_chat_turn (LLM_CHAT_MISTRAL, LLM_ROLE_SYSTEM, &prefix, &suffix);
  g_assert_cmpstr (prefix, ==, "");
  g_assert_cmpstr (suffix, ==, "\n\n");
  g_assert_cmpstr (llm_chat_answer_prefix (LLM_CHAT_CHATML), ==, "<|im_start|>assistant\n");
  g_assert_cmpstr (llm_chat_answer_prefix (LLM_CHAT_MISTRAL), ==, "");
}

/* A model that thinks is told so by empty marks where it is not to; earlier answers have none. */
static void
test_thoughts (void)
{
  const char *prefix, *suffix;

  g_assert_true (llm_chat_family_thinks (LLM_CHAT_THINKING));
  g_assert_false (llm_chat_family_thinks (LLM_CHAT_CHATML));
  g_assert_cmpstr (llm_chat_answer_prefix (LLM_CHAT_THINKING), ==, "<|im_start|>assistant\n");
  g_assert_cmpstr (llm_chat_thought_prefix (LLM_CHAT_THINKING, FALSE), ==,
                   "<think>\n\n" LLM_CHAT_THOUGHT_END "\n\n");
  g_assert_cmpstr (llm_chat_thought_prefix (LLM_CHAT_THINKING, TRUE), ==, "<think>\n");
  g_assert_cmpstr (llm_chat_thought_prefix (LLM_CHAT_GEMMA, TRUE), ==, "<think>\n");
  g_assert_cmpstr (llm_chat_thought_prefix (LLM_CHAT_GEMMA, FALSE), ==, "");
  llm_chat_turn (LLM_CHAT_THINKING, LLM_ROLE_ASSISTANT, &prefix, &suffix);
  g_assert_cmpstr (prefix, ==, "<|im_start|>assistant\n");
  g_assert_cmpstr (suffix, ==, "<|im_end|>\n");
}

static gboolean
family_of (const char *source, gboolean vocabulary, LlmChatFamily *family, GError **error)
{
  static const char *const none[] = { NULL };
  static const char *const plain[] = { "a", "b" };
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (NnGguf) gguf = NULL;

  if (source != NULL)
    gguf_builder_add_string (builder, "tokenizer.chat_template", source);
  if (vocabulary)
    tiny_tokenizer_add (builder, none);
  else
    gguf_builder_add_strings (builder, "tokenizer.ggml.tokens", plain, 2);
  bytes = gguf_builder_build (builder);
  gguf = nn_gguf_new_from_bytes (bytes, "file.gguf", NULL);
  return llm_chat_family_from_gguf (gguf, family, error);
}

static void
test_file (void)
{
  g_autoptr (GError) error = NULL, missing = NULL;
  LlmChatFamily family;

  g_assert_true (family_of (gemma, TRUE, &family, NULL));
  g_assert_cmpint (family, ==, LLM_CHAT_GEMMA);
  g_assert_true (family_of (NULL, TRUE, &family, NULL));
  g_assert_cmpint (family, ==, LLM_CHAT_CHATML);
  g_assert_false (family_of (zephyr, TRUE, &family, &error));
  g_assert_error (error, LLM_ERROR, LLM_ERROR_TEMPLATE);
  g_assert_true (g_str_has_prefix (error->message, "file.gguf: "));
  g_assert_false (family_of (NULL, FALSE, &family, &missing));
  g_assert_error (missing, LLM_ERROR, LLM_ERROR_TEMPLATE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/llm/chat-template/known", test_known);
  g_test_add_func ("/llm/chat-template/unknown", test_unknown);
  g_test_add_func ("/llm/chat-template/turns", test_turns);
  g_test_add_func ("/llm/chat-template/thoughts", test_thoughts);
  g_test_add_func ("/llm/chat-template/file", test_file);
  return g_test_run ();
}
