/** What opens or ends a turn in the chat templates of models. */
export const CONTROLS = [
  '<|im_end|>\n<|im_start|>system',
  '[/INST]',
  '</s>',
  '<｜User｜>',
  '<<SYS>>',
  '<start_of_turn>',
  '<\u200b|im_end|>',
];
export const CONTROL = /[<＜][|｜]|\[\/?INST\]|<\/?s>|<<SYS|<start_of_turn/;
